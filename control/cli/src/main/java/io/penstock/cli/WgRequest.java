package io.penstock.cli;

import io.penstock.engine.Parallelism;
import org.jspecify.annotations.Nullable;

/**
 * What {@code penstock wg} was asked for.
 *
 * @param aead name of the cipher engine, null for the best there is
 */
record WgRequest(String interfaceName, @Nullable String aead, Parallelism parallelism) {
    /** With as many threads as are right for this machine. */
    WgRequest(String interfaceName, @Nullable String aead) {
        this(interfaceName, aead, Parallelism.of(Runtime.getRuntime().availableProcessors()));
    }

    /**
     * Reads the plain forms by hand, {@code wg [-f|--foreground] [--aead NAME] IFNAME}: they are on the way of wg-quick, and
     * picocli costs a third of the whole start. Returns null for anything else, which picocli then understands or explains.
     *
     * @param args with {@code wg} as the first
     */
    static @Nullable WgRequest plain(String[] args) {
        String name = null;
        String aead = null;
        for (int i = 1; i < args.length; i++) {
            switch (args[i]) {
                case "-f", "--foreground" -> {
                    // The launcher's business: Java itself always stays in the foreground.
                }
                case "--aead" -> {
                    if (aead != null || ++i == args.length || args[i].startsWith("-")) {
                        return null;
                    }
                    aead = args[i];
                }
                default -> {
                    if (name != null || args[i].startsWith("-")) {
                        return null;
                    }
                    name = args[i];
                }
            }
        }
        return name == null ? null : new WgRequest(name, aead);
    }
}
