package io.penstock.server.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateFolderTest {
    @TempDir
    private Path parent;

    @Test
    void makesFolderForItsOwnerAlone() throws IOException {
        try (StateFolder folder = StateFolder.open(parent.resolve("a/b"))) {
            assertEquals("rwx------", modeOf(folder.path()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxr-x---", "rwx---r--", "rwx-----x", "rwx-w----"})
    void refusesFolderThatIsOpenToOthersAndSaysHowToCloseIt(String mode) throws IOException {
        Path folder = Files.createDirectory(parent.resolve("open"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(mode));

        StoreException refusal = assertThrows(StoreException.class, () -> StateFolder.open(folder));

        assertTrue(refusal.toString().contains(mode), refusal.toString());
        assertTrue(refusal.toString().endsWith("chmod 700 " + folder), refusal.toString());
    }

    @Test
    void refusesFileThatIsOpenToOthers() throws IOException {
        Path path = parent.resolve("state");
        StateFolder.open(path).close();
        Path file = Files.writeString(path.resolve("sealing.key"), "secret");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

        StoreException refusal = assertThrows(StoreException.class, () -> StateFolder.open(path));

        assertTrue(refusal.toString().endsWith("chmod 600 " + file), refusal.toString());
    }

    @Test
    void letsOneInAtATime() {
        Path path = parent.resolve("state");
        try (StateFolder first = StateFolder.open(path)) {
            assertThrows(StoreException.class, () -> StateFolder.open(first.path()));
        }
        StateFolder.open(path).close();
    }

    @Test
    void refusesFile() throws IOException {
        Path file = Files.createFile(parent.resolve("file"));
        assertThrows(StoreException.class, () -> StateFolder.open(file));
    }

    @Test
    void writesWholeFilesForItsOwnerAlone() throws IOException {
        try (StateFolder folder = StateFolder.open(parent.resolve("state"))) {
            folder.writeAtomically("key", new byte[] {1});
            folder.writeAtomically("key", new byte[] {2, 3});

            assertArrayEquals(new byte[] {2, 3}, Files.readAllBytes(folder.resolve("key")));
            assertEquals("rw-------", modeOf(folder.resolve("key")));
            assertTrue(Files.notExists(folder.resolve("key.new")));
        }
    }

    private static String modeOf(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
