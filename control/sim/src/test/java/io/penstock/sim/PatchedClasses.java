package io.penstock.sim;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * The protocol core and the simulator once more, beside those of the test's own class loader, with one source of them
 * patched. Whoever wants them unpatched as well gets them from a patch that changes nothing.
 */
public final class PatchedClasses extends ClassLoader {
    private static final String OURS = "io.penstock.";

    private final Map<String, byte[]> patched;

    private PatchedClasses(Map<String, byte[]> patched) {
        super(PatchedClasses.class.getClassLoader());
        this.patched = patched;
    }

    /** All classes of ours, with {@code text} in that source replaced, where it must be exactly once. */
    public static PatchedClasses of(String file, String text, String replacement) throws IOException {
        Path source = sourceOf(file);
        String content = Files.readString(source);
        int at = content.indexOf(text);
        if (at < 0 || content.indexOf(text, at + 1) >= 0) {
            throw new IllegalArgumentException("not exactly once in " + source + ": " + text);
        }
        String changed = content.substring(0, at) + replacement + content.substring(at + text.length());
        return new PatchedClasses(compile(OURS + file, changed));
    }

    private static Path sourceOf(String file) {
        Path module = Path.of(System.getProperty("basedir", "."));
        Path root = module.resolve(
                switch (file.substring(0, file.indexOf('.'))) {
                    case "sim" -> "src/test/java";
                    case "node" -> "../node/src/main/java";
                    case "wireguard" -> "../../dataplane/wireguard/src/main/java";
                    default -> throw new IllegalArgumentException("nobody knows where the source is of " + file);
                });
        return root.resolve((OURS + file).replace('.', '/') + ".java");
    }

    private static Map<String, byte[]> compile(String name, String content) throws IOException {
        JavaFileObject source =
                new SimpleJavaFileObject(
                        URI.create("patched:///" + name.replace('.', '/') + ".java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return content;
                    }
                };
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (Output output = new Output(compiler.getStandardFileManager(null, null, null))) {
            List<String> options =
                    List.of("-proc:none", "-nowarn", "-classpath", System.getProperty("java.class.path"));
            if (!compiler.getTask(messages, output, null, options, null, List.of(source))
                    .call()) {
                throw new IllegalArgumentException("the patched source does not compile: " + messages);
            }
            return output.classes();
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(OURS)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> known = findLoadedClass(name);
            return known != null ? known : findClass(name);
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] bytes = patched.get(name);
        if (bytes == null) {
            try (InputStream original = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (original == null) {
                    throw new ClassNotFoundException(name);
                }
                bytes = original.readAllBytes();
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
        return defineClass(name, bytes, 0, bytes.length);
    }

    /** Keeps the class files in memory. */
    private static final class Output extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, ByteArrayOutputStream> files = new HashMap<>();

        Output(JavaFileManager fileManager) {
            super(fileManager);
        }

        Map<String, byte[]> classes() {
            Map<String, byte[]> classes = new HashMap<>();
            files.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
            return classes;
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("patched:///" + className.replace('.', '/') + ".class"), kind) {
                @Override
                public OutputStream openOutputStream() {
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    files.put(className, out);
                    return out;
                }
            };
        }
    }
}
