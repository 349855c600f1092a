package io.penstock.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackedLibrariesTest {
    @TempDir
    private Path state;

    @AfterEach
    void clear() {
        System.clearProperty("ZstdTempFolder");
    }

    @Test
    void unpacksIntoTheStateAndRemovesWhatWasLeftThere() throws Exception {
        Path folder = Files.createDirectory(state.resolve("native"));
        Path left = Files.createFile(folder.resolve("libzstd-jni-1.5.7-61234.so"));
        Path others = Files.createFile(folder.resolve("sqlite-1.so"));

        UnpackedLibraries.prepare(state);

        assertEquals(folder.toString(), System.getProperty("ZstdTempFolder"));
        assertFalse(Files.exists(left));
        assertTrue(Files.exists(others));
    }

    @Test
    void leavesTheOperatorsWord() {
        System.setProperty("ZstdTempFolder", "/elsewhere");

        UnpackedLibraries.prepare(state);

        assertEquals("/elsewhere", System.getProperty("ZstdTempFolder"));
    }
}
