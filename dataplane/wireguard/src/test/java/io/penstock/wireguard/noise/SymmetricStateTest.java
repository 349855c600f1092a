package io.penstock.wireguard.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Bytes;
import io.penstock.wireguard.DirectMemory;
import io.penstock.wireguard.HandshakeVector;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.PublicKey;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The recorded handshake, one operation at a time, with every intermediate value. */
class SymmetricStateTest {
    private final SymmetricState state = new SymmetricState();
    private final BouncyCastleX25519 x25519 = new BouncyCastleX25519();

    @Test
    void passesThroughAllRecordedStates() {
        byte[] label = new byte[32];
        new Blake2s().start(32).update(Protocol.construction()).finish(label, 0);
        assertEquals(HandshakeVector.hex("initial chaining key"), Bytes.hex(label));

        state.start(PublicKey.of(bytes("responder static public")));
        assertStates("initial chaining key", "hash after responder static");
        state.mixEphemeral(bytes("initiator ephemeral public"));
        assertStates("chaining key after e", "hash after e");
        state.mixSecret(agree("initiator ephemeral", "responder static", "dh es"));
        assertStates("chaining key after es", "hash after e");
        assertKey("key of static");
        assertSeals("initiator static public", "sealed static");
        assertStates("chaining key after es", "hash after s");
        state.mixSecret(agree("initiator static", "responder static", "dh ss"));
        assertKey("key of timestamp");
        assertSeals("timestamp", "sealed timestamp");
        assertStates("chaining key after ss", "hash after timestamp");

        state.mixEphemeral(bytes("responder ephemeral public"));
        assertStates("chaining key after responder e", "hash after responder e");
        state.mixKey(agree("responder ephemeral", "initiator ephemeral", null));
        assertStates("chaining key after ee", "hash after responder e");
        state.mixKey(agree("responder ephemeral", "initiator static", null));
        assertStates("chaining key after se", "hash after responder e");
        state.mixPresharedKey(bytes("preshared key"));
        assertEquals(HandshakeVector.hex("tau"), Bytes.hex(state.tau));
        assertKey("key of nothing");
        assertStates("chaining key after psk", "hash after psk");
        byte[] sealed = new byte[16];
        state.sealAndMix(new byte[0], sealed);
        assertEquals(HandshakeVector.hex("sealed nothing"), Bytes.hex(sealed));
        assertStates("chaining key after psk", "hash final");

        DirectMemory memory = new DirectMemory();
        UnsafeBuffer first = memory.allocate(32);
        UnsafeBuffer second = memory.allocate(32);
        state.split(first, second);
        assertRegion("transport key of initiator", first);
        assertRegion("transport key of responder", second);
    }

    @Test
    void hashesTheIdentifierIntoTheInitialHash() {
        byte[] hash = new byte[32];
        new Blake2s()
                .start(32)
                .update(bytes("initial chaining key"))
                .update(Protocol.identifier())
                .finish(hash, 0);
        assertEquals(HandshakeVector.hex("initial hash"), Bytes.hex(hash));
    }

    @Test
    void storesAndLoads() {
        UnsafeBuffer region = new DirectMemory().allocate(8 + SymmetricState.STORED_LENGTH);
        state.start(PublicKey.of(bytes("responder static public")));
        state.store(region, 8);
        state.wipe();
        assertArrayEquals(new byte[32], state.hash);
        state.load(region, 8);
        assertStates("initial chaining key", "hash after responder static");
    }

    private byte[] agree(String privateName, String publicName, @Nullable String expected) {
        byte[] shared = new byte[32];
        assertTrue(x25519.agree(bytes(privateName + " private"), bytes(publicName + " public"), shared));
        if (expected != null) {
            assertEquals(HandshakeVector.hex(expected), Bytes.hex(shared));
        }
        return shared;
    }

    private void assertSeals(String plaintextName, String sealedName) {
        byte[] plaintext = bytes(plaintextName);
        byte[] sealed = new byte[plaintext.length + 16];
        state.sealAndMix(plaintext, sealed);
        assertEquals(HandshakeVector.hex(sealedName), Bytes.hex(sealed));
    }

    private void assertStates(String chainingKeyName, String hashName) {
        assertEquals(HandshakeVector.hex(chainingKeyName), Bytes.hex(state.chainingKey), chainingKeyName);
        assertEquals(HandshakeVector.hex(hashName), Bytes.hex(state.hash), hashName);
    }

    private void assertKey(String name) {
        assertEquals(HandshakeVector.hex(name), Bytes.hex(state.key), name);
    }

    private static void assertRegion(String name, UnsafeBuffer region) {
        byte[] copy = new byte[region.capacity()];
        region.getBytes(0, copy);
        assertEquals(HandshakeVector.hex(name), Bytes.hex(copy), name);
    }

    private static byte[] bytes(String name) {
        return HandshakeVector.bytes(name);
    }
}
