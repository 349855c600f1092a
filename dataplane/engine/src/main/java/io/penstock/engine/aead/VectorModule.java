package io.penstock.engine.aead;

import java.lang.reflect.InvocationTargetException;

/**
 * Brings the JDK's incubating module of the Vector API into the running JVM. Only who needs it pays for that (50 ms), and it needs
 * no flag: {@code --add-modules} would slow every start and write a warning to standard error.
 */
final class VectorModule {
    private static final String NAME = "jdk.incubator.vector";

    /**
     * Loads the module, if it is not there yet. Then everything of it works on every machine, slowly where it is not native.
     *
     * @throws EngineUnavailableException if this JVM does not have the module
     */
    static void load() throws EngineUnavailableException {
        try {
            // What the JDK does itself for its agents: it extends the boot layer's loaders by a module of the JDK.
            Class.forName("jdk.internal.module.Modules")
                    .getMethod("loadModule", String.class)
                    .invoke(null, NAME);
        } catch (InvocationTargetException e) {
            throw new EngineUnavailableException("this Java has no module " + NAME + ": " + e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new EngineUnavailableException("this Java cannot load " + NAME + ": " + e);
        }
    }

    private VectorModule() {}
}
