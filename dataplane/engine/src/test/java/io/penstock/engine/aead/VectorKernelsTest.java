package io.penstock.engine.aead;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class VectorKernelsTest {
    private static final Path FILE = Path.of("src/main/java/io/penstock/engine/aead/VectorKernels.java");

    @Test
    void areWhatTheirWriterWrites() throws IOException {
        if (Boolean.getBoolean("penstock.test.write")) {
            Files.writeString(FILE, VectorKernelsWriter.source());
        }
        assertEquals(VectorKernelsWriter.source(), Files.readString(FILE));
    }
}
