package io.penstock.engine.aead;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorKernelsTest {
    private static final Path FOLDER = Path.of("src/main/java/io/penstock/engine/aead");

    @ParameterizedTest
    @ValueSource(ints = {512, 256})
    void areWhatTheirWriterWrites(int bits) throws IOException {
        Path file = FOLDER.resolve("VectorKernels" + bits + ".java");
        if (Boolean.getBoolean("penstock.test.write")) {
            Files.writeString(file, VectorKernelsWriter.source(bits));
        }
        assertEquals(VectorKernelsWriter.source(bits), Files.readString(file));
    }
}
