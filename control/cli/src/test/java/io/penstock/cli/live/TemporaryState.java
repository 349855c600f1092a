package io.penstock.cli.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** The state directory of every interface that a test starts, instead of the machine's; removed when the tests end. */
final class TemporaryState {
    private static final Path DIRECTORY = make();

    private TemporaryState() {}

    static String directory() {
        return DIRECTORY.toString();
    }

    private static Path make() {
        try {
            Path directory = Files.createTempDirectory("penstock-live-state");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(directory)));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
