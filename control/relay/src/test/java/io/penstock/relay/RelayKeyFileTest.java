package io.penstock.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.PublicKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RelayKeyFileTest {
    /** Made and derived by another implementation; both are in its documents. */
    private static final String PRIVATE = "c06385601e7adfe1fbb651577e63d920568fa89cbcfce57d8d3dd5f7009d1647";

    private static final String PUBLIC = "a838c65946424f2f66cd9c746577cbb45e44eebabf958a5ef4cf30570fa0f81a";

    @TempDir
    private Path folder;

    @Test
    void makesAKeyOnceAndForItsOwnerAlone() throws IOException {
        Path file = folder.resolve("relay/relay.key");

        PublicKey made = RelayKeyFile.open(file, new Seeded(1)).publicKey();

        assertEquals(made, RelayKeyFile.open(file, new Seeded(2)).publicKey());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
        assertFalse(Files.exists(folder.resolve("relay/relay.key.new")));
        assertNotEquals(
                made,
                RelayKeyFile.open(folder.resolve("other.key"), new Seeded(2)).publicKey());
    }

    @Test
    void readsWhatOtherRelaysKeep() throws IOException {
        Path file = closed("{\n\t\"PrivateKey\": \"privkey:" + PRIVATE + "\"\n}");

        assertEquals(PUBLIC, RelayKeyFile.open(file, new Seeded(1)).publicKey().toHex());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "privkey:c063", "{\"PrivateKey\":\"privkey:C06385\"}"})
    void refusesWhatIsNoKeyAndRepeatsNothingOfIt(String text) throws IOException {
        Path file = closed(text);

        IOException refusal = assertThrows(IOException.class, () -> RelayKeyFile.open(file, new Seeded(1)));

        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.startsWith(file + " is no key of a relay"), message);
        assertFalse(message.toLowerCase(java.util.Locale.ROOT).contains("c063"), message);
        assertEquals(text, Files.readString(file), "and leaves it alone");
    }

    @Test
    void refusesAKeyThatOthersCanRead() throws IOException {
        Path file = closed("{\"PrivateKey\":\"privkey:" + PRIVATE + "\"}");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

        IOException refusal = assertThrows(IOException.class, () -> RelayKeyFile.open(file, new Seeded(1)));

        assertTrue(String.valueOf(refusal.getMessage()).contains("chmod 600 " + file), refusal.getMessage());
    }

    private Path closed(String text) throws IOException {
        Path file = folder.resolve("relay.key");
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }
}
