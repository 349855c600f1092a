package io.penstock.wireguard.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Bytes;
import io.penstock.wireguard.HandshakeVector;
import io.penstock.wireguard.Seeded;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** After an operation no secret is left in an array that our objects hold, and after the end none in secret memory. */
class WipingTest {
    private static final List<String> LASTING = List.of("dh ss", "preshared key");
    private static final List<String> PASSING = List.of(
            "initiator ephemeral private",
            "responder ephemeral private",
            "dh es",
            "chaining key after es",
            "chaining key after ss",
            "chaining key after responder e",
            "chaining key after ee",
            "chaining key after se",
            "chaining key after psk",
            "hash after timestamp",
            "hash final",
            "tau",
            "key of static",
            "key of timestamp",
            "key of nothing",
            "transport key of initiator",
            "transport key of responder",
            "cookie secret");

    private final Side initiator = Side.recordedInitiator();
    private final Side responder = Side.recordedResponder();

    @Test
    void heapIsCleanAfterEveryStep() throws IllegalAccessException {
        byte[] initiation = initiator.initiate(1, 0);
        assertHeapClean();
        assertNull(responder.consumeInitiation(initiation, 0));
        assertHeapClean();
        byte[] response = responder.respond(2, 0);
        assertHeapClean();
        assertNull(initiator.consumeResponse(response));
        assertHeapClean();
        initiator.deriveKeys();
        responder.deriveKeys();
        assertHeapClean();
        responder.entropy.script(HandshakeVector.bytes("cookie secret"));
        responder.checker.checkMac2(Side.initiation(initiation), false, 0, 1, 2, 0);
        assertHeapClean();
    }

    /** Covers values that the recorded handshake does not list, such as pseudo-random keys and Poly1305's limbs. */
    @Test
    void primitivesAreAllZeroAfterUse() throws IllegalAccessException {
        Seeded seeded = Seeded.create();
        Blake2s blake2s = new Blake2s();
        Kdf kdf = new Kdf(blake2s);
        ChaCha20Poly1305 aead = new ChaCha20Poly1305();
        byte[] key = seeded.bytes(32);
        byte[] nonce = seeded.bytes(24);
        byte[] text = seeded.bytes(70);
        byte[] sealed = new byte[text.length + 16];
        kdf.derive(key, text, new byte[32]);
        assertZero(kdf, blake2s);
        kdf.derive(key, text, new byte[32], new byte[32]);
        assertZero(kdf, blake2s);
        kdf.derive(key, text, new byte[32], new byte[32], new byte[32]);
        assertZero(kdf, blake2s);
        aead.seal(key, 7, text, nonce, sealed);
        assertZero(aead);
        assertTrue(aead.open(key, 7, sealed, nonce, text));
        assertZero(aead);
        aead.sealExtended(key, nonce, text, nonce, sealed);
        assertZero(aead);
        assertTrue(aead.openExtended(key, nonce, sealed, nonce, text));
        assertZero(aead);
        assertFalse(aead.openExtended(key, nonce, sealed, key, text));
        assertZero(aead);
    }

    @Test
    void searchFindsWhatIsThere() throws IllegalAccessException {
        initiator.noise.state.chainingKey[0] = 1;
        assertTrue(heapHolds(initiator, new byte[] {1, 0, 0, 0, 0, 0, 0, 0}));
        assertTrue(heapHolds(initiator, HandshakeVector.bytes("responder static public")));
    }

    @Test
    void secretMemoryHoldsOnlyWhatLasts() {
        byte[] initiation = initiator.initiate(1, 0);
        assertTrue(initiator.memory.holds(HandshakeVector.bytes("initiator ephemeral private")));
        assertNull(responder.consumeInitiation(initiation, 0));
        byte[] response = responder.respond(2, 0);
        assertNull(initiator.consumeResponse(response));
        assertFalse(initiator.memory.holds(HandshakeVector.bytes("initiator ephemeral private")));
        initiator.deriveKeys();
        responder.deriveKeys();
        for (Side side : List.of(initiator, responder)) {
            for (String name : PASSING) {
                assertFalse(side.memory.holds(HandshakeVector.bytes(name)), name);
            }
            for (String name : LASTING) {
                assertTrue(side.memory.holds(HandshakeVector.bytes(name)), name);
            }
        }
    }

    @Test
    void releaseLeavesNothing() {
        initiator.initiate(1, 0);
        initiator.handshake.release();
        initiator.identity.release();
        initiator.checker.release();
        assertEquals(0, initiator.memory.liveRegions());
        for (String name : HandshakeVector.names()) {
            assertFalse(initiator.memory.holds(HandshakeVector.bytes(name)), name);
        }
    }

    @Test
    void clearedHandshakeForgetsItsSecrets() {
        initiator.initiate(1, 0);
        initiator.handshake.clear();
        assertFalse(initiator.memory.holds(HandshakeVector.bytes("initiator ephemeral private")));
        assertFalse(initiator.memory.holds(HandshakeVector.bytes("chaining key after ss")));
    }

    private void assertHeapClean() throws IllegalAccessException {
        for (Side side : List.of(initiator, responder)) {
            for (String name : PASSING) {
                assertFalse(heapHolds(side, HandshakeVector.bytes(name)), name);
            }
            for (String name : LASTING) {
                assertFalse(heapHolds(side, HandshakeVector.bytes(name)), name);
            }
            assertFalse(heapHolds(side, HandshakeVector.bytes("initiator static private")));
            assertFalse(heapHolds(side, HandshakeVector.bytes("responder static private")));
        }
    }

    /** Searches all arrays reachable through fields of this package's objects for the first 8 bytes of a secret. */
    private static boolean heapHolds(Side side, byte[] secret) throws IllegalAccessException {
        byte[] start = Arrays.copyOf(secret, 8);
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Object> open = new ArrayDeque<>(List.of(
                side.noise,
                side.identity,
                side.consumer,
                side.checker,
                side.handshake,
                side.generator,
                side.timestamps));
        while (!open.isEmpty()) {
            Object object = open.pop();
            if (!seen.add(object)) {
                continue;
            }
            if (Bytes.contains(bytesOf(object), start)) {
                return true;
            }
            if (object.getClass().getPackage() == Noise.class.getPackage()) {
                open.addAll(fieldsOf(object));
            }
        }
        return false;
    }

    private static void assertZero(Object... primitives) throws IllegalAccessException {
        for (Object primitive : primitives) {
            for (Object value : fieldsOf(primitive)) {
                byte[] bytes = bytesOf(value);
                assertArrayEquals(
                        new byte[bytes.length], bytes, primitive.getClass().getSimpleName());
                if (value.getClass().getPackage() == Noise.class.getPackage()) {
                    assertZero(value);
                }
            }
        }
    }

    private static List<Object> fieldsOf(Object object) throws IllegalAccessException {
        List<Object> values = new ArrayList<>();
        for (Field field : object.getClass().getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                field.setAccessible(true);
                Object value = field.get(object);
                if (value != null) {
                    values.add(value);
                }
            }
        }
        return values;
    }

    private static byte[] bytesOf(Object object) {
        return switch (object) {
            case byte[] bytes -> bytes;
            case int[] ints -> {
                ByteBuffer copy = ByteBuffer.allocate(4 * ints.length).order(ByteOrder.LITTLE_ENDIAN);
                copy.asIntBuffer().put(ints);
                yield copy.array();
            }
            case long[] longs -> {
                ByteBuffer copy = ByteBuffer.allocate(8 * longs.length).order(ByteOrder.LITTLE_ENDIAN);
                copy.asLongBuffer().put(longs);
                yield copy.array();
            }
            default -> new byte[0];
        };
    }
}
