package io.penstock.node.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keys of sysctl(8) as files under /proc/sys, in the network namespace of the calling thread. Any thread. */
final class SysctlFiles {
    private static final Path ROOT = Path.of("/proc/sys");

    private SysctlFiles() {}

    /** The value, {@link HostItem#ABSENT} if there is no such key. */
    static String read(String key) throws IOException {
        try {
            return Files.readString(path(key)).strip();
        } catch (NoSuchFileException e) {
            return HostItem.ABSENT;
        }
    }

    static void write(String key, String value) throws IOException {
        try {
            Files.writeString(path(key), value + '\n', StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException(
                    "set sysctl " + key + " to " + value + ": " + e.getMessage()
                            + ". If /proc/sys is read-only here, set it in /etc/sysctl.d",
                    e);
        }
    }

    /** Dots part a key; a slash in it is a dot of a link's name. */
    private static Path path(String key) {
        StringBuilder path = new StringBuilder();
        key.chars().forEach(c -> path.append(c == '.' ? '/' : c == '/' ? '.' : (char) c));
        Path file = ROOT.resolve(path.toString()).normalize();
        if (!file.startsWith(ROOT)) {
            throw new IllegalArgumentException("not a key of sysctl: " + key);
        }
        return file;
    }
}
