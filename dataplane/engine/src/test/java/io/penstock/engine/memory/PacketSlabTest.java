package io.penstock.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class PacketSlabTest {
    @Test
    void handsOutAlignedAreasUntilItIsUsedUp() {
        PacketSlab slab = new PacketSlab(1000);
        assertEquals(0, slab.buffer().addressOffset() & 4095);
        assertEquals(0, slab.take(1));
        assertEquals(64, slab.take(64));
        assertEquals(128, slab.take(800));
        assertEquals(960, slab.take(40));
        assertThrows(IllegalStateException.class, () -> slab.take(1));
        assertThrows(IllegalStateException.class, () -> slab.take(-1));
        assertEquals(1000, slab.take(0));
        slab.buffer().putByte(999, (byte) 1);
    }
}
