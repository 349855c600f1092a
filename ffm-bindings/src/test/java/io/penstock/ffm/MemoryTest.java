package io.penstock.ffm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryTest {
    private final long memory = Memory.slab(Memory.PAGE_LENGTH);

    @Test
    void readsWhatItWroteInBothOrders() {
        Memory.putIntBigEndian(memory + 1, 0x01020304);
        assertArrayEquals(new byte[] {0, 1, 2, 3, 4}, Memory.bytes(memory, 5));
        assertEquals(0x01020304, Memory.getIntBigEndian(memory + 1));
        Memory.putShort(memory, (short) 0x1122);
        assertEquals(0x2211, Memory.getShortBigEndian(memory));
        Memory.putLong(memory, 0x0102030405060708L);
        assertEquals(0x0807060504030201L, Memory.getLongBigEndian(memory));
    }

    @Test
    void copiesOverlappingAreas() {
        Memory.copy(new byte[] {1, 2, 3, 4, 5}, 0, memory, 5);
        Memory.copy(memory, memory + 2, 5);
        assertArrayEquals(new byte[] {1, 2, 1, 2, 3, 4, 5}, Memory.bytes(memory, 7));
    }

    @Test
    void keepsStringsInTheirField() {
        Memory.putString(memory, "wg0", 16);
        assertEquals("wg0", Memory.getString(memory, 16));
        assertThrows(IllegalArgumentException.class, () -> Memory.putString(memory, "0123456789abcdef", 16));
        assertThrows(IllegalArgumentException.class, () -> Memory.putString(memory, "a\0b", 16));
    }

    @Test
    void slabIsZeroAndAligned() {
        assertEquals(0, memory % Memory.PAGE_LENGTH);
        assertArrayEquals(new byte[Memory.PAGE_LENGTH], Memory.bytes(memory, Memory.PAGE_LENGTH));
    }

    @Test
    void secretsAreLockedAndOutOfDumps() throws Exception {
        try (LockedMemory secret = LockedMemory.allocate(100)) {
            assertEquals(Memory.PAGE_LENGTH, secret.lengthBytes());
            List<String> flags = flagsOfMapping(secret.address());
            assertTrue(flags.contains("lo"), "locked: " + flags);
            assertTrue(flags.contains("dd"), "not dumped: " + flags);
            assertTrue(flags.contains("wf"), "wiped on fork: " + flags);
        }
    }

    @Test
    void closingTwiceIsHarmless() throws Exception {
        LockedMemory secret = LockedMemory.allocate(1);
        secret.close();
        secret.close();
    }

    private static List<String> flagsOfMapping(long address) throws Exception {
        boolean isWithin = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                String[] range = line.split(" ", 2)[0].split("-", -1);
                isWithin = Long.compareUnsigned(Long.parseUnsignedLong(range[0], 16), address) <= 0
                        && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0;
            } else if (isWithin && line.startsWith("VmFlags:")) {
                return List.of(line.substring("VmFlags:".length()).strip().split(" ", -1));
            }
        }
        throw new AssertionError("not mapped");
    }
}
