package io.penstock.wireguard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.peer.Keypair;
import org.junit.jupiter.api.Test;

/** A device whose secret memory has run out keeps what it has, and goes on when there is some again. */
class DeviceMemoryTest {
    private final Wire wire = new Wire(Seeded.create());
    private final Site a = wire.site(1);
    private final Site b = wire.site(2);

    @Test
    void dropsAnInitiationForWhichItHasNoKeyMemory() {
        Wire.join(a, b);
        int regions = b.memory.liveRegions();
        int indices = b.device.indexTable().size();
        b.memory.isExhausted = true;
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(1, b.device.drops(DropReason.NO_KEY_MEMORY));
        assertEquals(regions, b.memory.liveRegions());
        assertEquals(indices, b.device.indexTable().size());
        assertEquals(0, b.peer(a).receivedBytes());
        assertTrue(b.delivered.isEmpty());

        b.memory.isExhausted = false;
        wire.runSeconds(10);
        assertEquals(1, b.delivered.size(), "the initiator tries again");
    }

    @Test
    void dropsAResponseForWhichItHasNoKeyMemory() {
        Wire.join(a, b);
        int regions = a.memory.liveRegions();
        a.memory.isExhausted = true;
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(1, a.device.drops(DropReason.NO_KEY_MEMORY));
        assertEquals(regions, a.memory.liveRegions());
        assertEquals(0, a.device.indexTable().size());
        assertNull(a.peer(b).current());

        a.memory.isExhausted = false;
        wire.runSeconds(10);
        assertEquals(1, b.delivered.size(), "it tries again");
    }

    @Test
    void keepsItsSessionWhenItsRenewalFindsNoMemory() {
        Wire.join(a, b);
        a.ping(b);
        wire.runSeconds(1);
        Keypair before = a.peer(b).current();
        assertNotNull(before);
        a.memory.isExhausted = true;
        wire.runSeconds(125);
        a.ping(b); // asks for new keys
        wire.runSeconds(1);
        assertEquals(1, a.device.drops(DropReason.NO_KEY_MEMORY));
        assertEquals(before, a.peer(b).current());
        assertEquals(2, b.delivered.size());

        a.memory.isExhausted = false;
        wire.runSeconds(10);
        assertFalse(before.equals(a.peer(b).current()));
    }

    @Test
    void refusesAPeerWithoutTakingASlot() {
        a.memory.isExhausted = true;
        assertThrows(SecretMemoryExhaustedException.class, () -> a.addPeer(b));
        assertEquals(0, a.device.peerCount());
        assertNull(a.device.peer(b.publicKey));
        a.memory.isExhausted = false;
        assertEquals(0, a.addPeer(b).slot());
    }

    @Test
    void keepsItsPrivateKeyWhenThereIsNoMemoryForAnother() {
        PublicKey before = a.device.publicKey();
        a.memory.isExhausted = true;
        byte[] other = wire.seeded.bytes(32);
        assertThrows(SecretMemoryExhaustedException.class, () -> a.device.setPrivateKey(other, wire.nowNs));
        assertEquals(before, a.device.publicKey());
    }
}
