package io.penstock.wireguard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.bouncycastle.crypto.digests.Blake2sDigest;
import org.junit.jupiter.api.Test;

/** Datagrams of any length and content: dropped with a counted reason, never an exception, and the tunnel stays up. */
class DeviceHostileTest {
    private static final int ROUNDS = 100_000;
    private final Wire wire = new Wire(Seeded.create());
    private final Random random = wire.seeded.random();
    private final Site a = wire.site(1);
    private final Site b = wire.site(2);

    @Test
    void mutatedDatagramsNeverThrow() {
        Wire.join(a, b);
        b.queued = 1;
        a.ping(b);
        wire.runSeconds(7); // all four types pass, with a cookie
        b.queued = 0;
        List<byte[]> seeds =
                new ArrayList<>(wire.log.stream().map(Wire.Datagram::bytes).toList());
        wire.remembers = false;
        long drops = allDrops(b);
        int regions = b.memory.liveRegions();
        for (int i = 0; i < ROUNDS; i++) {
            Site target = random.nextInt(4) == 0 ? a : b;
            byte[] datagram = mutate(seeds.get(random.nextInt(seeds.size())));
            if (random.nextInt(4) == 0) {
                putMac1(datagram, target.publicKey); // so that it gets to the handshake proper
            }
            int lead = random.nextInt(4);
            UnsafeBuffer buffer = new UnsafeBuffer(new byte[lead + datagram.length]);
            buffer.putBytes(lead, datagram);
            Endpoint from = random.nextInt(4) == 0 ? a.address : Endpoint.v4(random.nextInt(), random.nextInt(65_536));
            int queued = random.nextInt(5_000) == 0 ? 1 : 0;
            target.device.onHandshake(buffer, lead, datagram.length, from, queued, 8, wire.nowNs);
            if (i % 64 == 0) {
                wire.run(100 * Wire.MS);
            }
        }
        for (DropReason reason : List.of(
                DropReason.WRONG_LENGTH,
                DropReason.UNKNOWN_TYPE,
                DropReason.MAC1_INVALID,
                DropReason.COOKIE_REQUIRED,
                DropReason.INITIATION_STATIC_INVALID,
                DropReason.INITIATION_TIMESTAMP_INVALID,
                DropReason.INITIATION_TIMESTAMP_OLD,
                DropReason.RESPONSE_UNEXPECTED,
                DropReason.COOKIE_UNEXPECTED)) {
            assertTrue(a.device.drops(reason) + b.device.drops(reason) > 0, () -> reason + " " + wire.seeded);
        }
        assertTrue(allDrops(b) - drops > ROUNDS / 2, wire.seeded::toString);
        assertTrue(b.memory.liveRegions() <= regions + 4, wire.seeded::toString);
        assertTrue(b.device.indexTable().size() <= 4, wire.seeded::toString);

        wire.runSeconds(10);
        int delivered = b.delivered.size();
        a.ping(b);
        wire.runSeconds(7);
        assertEquals(delivered + 1, b.delivered.size(), wire.seeded::toString);
    }

    @Test
    void everyLengthIsFine() {
        Wire.join(a, b);
        for (int length = 0; length <= 200; length++) {
            for (int type = 0; type <= 5; type++) {
                byte[] datagram = wire.seeded.bytes(length);
                if (length >= 4) {
                    new UnsafeBuffer(datagram).putInt(0, type, ByteOrder.LITTLE_ENDIAN);
                }
                b.device.onHandshake(new UnsafeBuffer(datagram), 0, length, a.address, 0, 8, wire.nowNs);
            }
        }
        byte[] huge = new byte[65_535];
        b.device.onHandshake(new UnsafeBuffer(huge), 0, huge.length, a.address, 8, 8, wire.nowNs);
        assertEquals(201L * 6 + 1, allDrops(b));
        assertNotNull(b.device.publicKey());
        assertEquals(null, b.device.poll());
    }

    private byte[] mutate(byte[] seed) {
        byte[] bytes = seed.clone();
        switch (random.nextInt(8)) {
            case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(200));
            case 1 -> random.nextBytes(bytes);
            case 2 -> bytes[random.nextInt(4)] = (byte) random.nextInt(6);
            case 3 -> {} // a plain replay
            default -> {
                int flips = 1 + random.nextInt(4);
                for (int i = 0; i < flips; i++) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        return bytes;
    }

    /** Makes mac1 fit again: whoever knows a public key can do that. */
    private static void putMac1(byte[] datagram, PublicKey receiver) {
        int offset = datagram.length - 32;
        if (datagram.length != 148 && datagram.length != 92) {
            return;
        }
        byte[] key = new byte[32];
        Blake2sDigest hash = new Blake2sDigest(256);
        hash.update("mac1----".getBytes(StandardCharsets.US_ASCII), 0, 8);
        hash.update(receiver.toBytes(), 0, 32);
        hash.doFinal(key, 0);
        Blake2sDigest mac = new Blake2sDigest(key, 16, null, null);
        mac.update(datagram, 0, offset);
        mac.doFinal(datagram, offset);
    }

    private static long allDrops(Site site) {
        long drops = 0;
        for (DropReason reason : DropReason.values()) {
            drops += site.device.drops(reason);
        }
        return drops;
    }
}
