package io.penstock.cli.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files with a key in them, as {@code wg set} wants them; removed when the tests end. */
public final class TemporaryKeys {
    private TemporaryKeys() {}

    public static String file(String key) {
        try {
            Path path = Files.createTempFile("penstock-live", ".key");
            path.toFile().deleteOnExit();
            Files.writeString(path, key + "\n");
            return path.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
