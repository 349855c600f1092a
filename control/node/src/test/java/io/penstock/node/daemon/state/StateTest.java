package io.penstock.node.daemon.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.uapi.Secret;
import io.penstock.node.api.Preferences;
import io.penstock.node.api.PreferencesChange;
import io.penstock.node.daemon.core.NetMaps;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateTest {
    private static final X25519 DH = new BouncyCastleX25519();

    private final Random random = new Random(5);
    private final Entropy entropy = new Entropy() {
        @Override
        public int nextInt() {
            return random.nextInt();
        }

        @Override
        public void fill(byte[] bytes) {
            random.nextBytes(bytes);
        }
    };

    @TempDir
    Path parent;

    private Path path() {
        return parent.resolve("penstock/node");
    }

    @Test
    void saysOfAFileThatItIsNoFolder() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "");
        IOException refused = assertThrows(IOException.class, () -> StateFolder.open(file));
        assertEquals(file + " is no folder: give another one by --state", refused.getMessage());
    }

    @Test
    void makesAFolderForItsOwnerOnly() throws IOException {
        try (StateFolder folder = StateFolder.open(path())) {
            folder.write("a", new byte[] {1});

            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path())));
            try (var files = Files.list(path())) {
                for (Path file : files.toList()) {
                    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
                }
            }
        }
    }

    @Test
    void refusesAFolderThatOthersMayLookInto() throws IOException {
        StateFolder.open(path()).close();
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("rwxr-x---"));

        IOException refused = assertThrows(IOException.class, () -> StateFolder.open(path()));

        assertTrue(String.valueOf(refused.getMessage()).contains("chmod 700 " + path()), refused.getMessage());
    }

    @Test
    void refusesAFileThatOthersMayRead() throws IOException {
        try (StateFolder folder = StateFolder.open(path())) {
            folder.write("node.key", new byte[] {1});
            Files.setPosixFilePermissions(path().resolve("node.key"), PosixFilePermissions.fromString("rw-r-----"));

            IOException refused = assertThrows(IOException.class, () -> NodeKeys.open(folder, entropy, DH));

            assertTrue(String.valueOf(refused.getMessage()).contains("chmod 600"), refused.getMessage());
        }
    }

    @Test
    void isForOneNodeAtATime() throws IOException {
        try (StateFolder first = StateFolder.open(path())) {
            assertEquals(path(), first.path());
            assertThrows(IOException.class, () -> StateFolder.open(path()));
        }
        StateFolder.open(path()).close();
    }

    @Test
    void presharedKeysAreForTheirOwnerAndStayThroughRestarts() throws IOException {
        NodeKey peer = NetMaps.key(7);
        NodeKey other = NetMaps.key(8);
        byte[] secret = new byte[32];
        entropy.fill(secret);
        int version;
        try (StateFolder folder = StateFolder.open(path())) {
            PresharedKeys keys = PresharedKeys.open(folder);
            keys.change(Map.of(peer, secret.clone(), other, new byte[32]), Set.of());
            version = keys.version(peer);
            keys.change(Map.of(peer, secret.clone()), Set.of(other));
            assertEquals(version, keys.version(peer), "the same key is no change");
            assertEquals(0, keys.version(other));
            assertFalse(keys.toString().contains(Integer.toString(secret[0])), keys.toString());
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(path().resolve("preshared.keys"))));
        }
        try (StateFolder folder = StateFolder.open(path())) {
            PresharedKeys keys = PresharedKeys.open(folder);
            Secret copy = keys.of(peer);
            assertArrayEquals(secret, copy == null ? null : copy.bytes());
            assertNull(keys.of(other));
            keys.change(Map.of(), Set.of(peer));
            assertFalse(Files.exists(path().resolve("preshared.keys")), "nothing is left of it");

            folder.write("preshared.keys", new byte[65]);
            assertThrows(IOException.class, () -> PresharedKeys.open(folder));
        }
    }

    @Test
    void keysStayThroughRestartsAndFollowEachOther() throws IOException {
        NodeKey first;
        NodeKey next;
        try (StateFolder folder = StateFolder.open(path())) {
            NodeKeys keys = NodeKeys.open(folder, entropy, DH);
            first = keys.nodeKey();
            next = keys.nextKey();
            assertNotEquals(first, next);
            assertEquals(next, keys.nextKey(), "the same until it is used");
        }
        try (StateFolder folder = StateFolder.open(path())) {
            NodeKeys keys = NodeKeys.open(folder, entropy, DH);
            assertEquals(first, keys.nodeKey());
            assertEquals(next, keys.nextKey(), "the coordinator may know it already");
            assertFalse(keys.use(new NodeKey(PrivateKey.generate(entropy).publicKey(DH))), "a stranger's");
            assertTrue(keys.use(next));
            assertEquals(next, keys.nodeKey());
        }
        try (StateFolder folder = StateFolder.open(path())) {
            NodeKeys keys = NodeKeys.open(folder, entropy, DH);
            assertEquals(next, keys.nodeKey());
            keys.renew();
            assertNotEquals(next, keys.nodeKey());
            assertFalse(keys.toString().contains("privkey"));
        }
    }

    @Test
    void refusesAKeyFileWithoutAKeyAndDoesNotRepeatIt() throws IOException {
        try (StateFolder folder = StateFolder.open(path())) {
            folder.write("machine.key", "privkey:canary".getBytes(StandardCharsets.US_ASCII));

            IOException refused = assertThrows(IOException.class, () -> NodeKeys.open(folder, entropy, DH));

            assertFalse(String.valueOf(refused.getMessage()).contains("canary"), refused.getMessage());
        }
    }

    @Test
    void givesTheKeptMapBackAsItWas() throws IOException {
        Instant at = Instant.parse("2026-11-26T10:00:00Z");
        KeptMap kept = new KeptMap(NetMaps.ofPeers(3), at);
        try (StateFolder folder = StateFolder.open(path())) {
            NodeKeys keys = NodeKeys.open(folder, entropy, DH);
            assertTrue(KeptMap.read(folder, keys).isEmpty());

            kept.write(folder, keys);

            assertEquals(kept, KeptMap.read(folder, keys).orElseThrow());
            KeptMap.delete(folder);
            assertTrue(KeptMap.read(folder, keys).isEmpty());
        }
    }

    @Test
    void refusesAKeptMapWithAnyBitChanged() throws IOException {
        try (StateFolder folder = StateFolder.open(path())) {
            NodeKeys keys = NodeKeys.open(folder, entropy, DH);
            new KeptMap(NetMaps.ofPeers(1), Instant.EPOCH).write(folder, keys);
            byte[] good = Files.readAllBytes(path().resolve("netmap.json"));
            for (int i = 0; i < 300; i++) {
                byte[] bad = good.clone();
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
                folder.write("netmap.json", bad);
                assertTrue(KeptMap.read(folder, keys).isEmpty());
            }
            folder.write("netmap.json", good);
            assertTrue(KeptMap.read(folder, keys).isPresent());
        }
    }

    @Test
    void givesPreferencesBackAndSaysWhatToDoWithBrokenOnes() throws IOException {
        Preferences preferences = PreferencesChange.builder()
                .server("https://vpn.example.org")
                .hostname("hq")
                .build()
                .apply(Preferences.DEFAULT);
        NodeFile file = new NodeFile(true, true, MachineKey.of(new byte[32]), preferences);
        try (StateFolder folder = StateFolder.open(path())) {
            assertEquals(NodeFile.NEW, NodeFile.read(folder));
            file.write(folder);
            assertEquals(file, NodeFile.read(folder));
            folder.write("node.json", "{".getBytes(StandardCharsets.US_ASCII));
            assertThrows(IOException.class, () -> NodeFile.read(folder));
        }
    }
}
