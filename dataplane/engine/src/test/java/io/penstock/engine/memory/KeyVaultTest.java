package io.penstock.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.Seed;
import io.penstock.ffm.ErrnoException;
import io.penstock.wireguard.SecretMemoryExhaustedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class KeyVaultTest {
    private static final int BLOCK = 64 * 1024;

    @Test
    void givesZeroedAlignedRegionsThatDoNotOverlap() throws ErrnoException {
        try (KeyVault vault = new KeyVault(4 * BLOCK)) {
            Seed.run(random -> {
                List<UnsafeBuffer> regions = new ArrayList<>();
                for (int i = 0; i < 20_000; i++) {
                    if (regions.size() > 200 || (random.nextBoolean() && !regions.isEmpty())) {
                        UnsafeBuffer region = regions.remove(random.nextInt(regions.size()));
                        int mark = region.getByte(0);
                        for (int k = 0; k < region.capacity(); k++) {
                            assertEquals(mark, region.getByte(k));
                        }
                        vault.release(region);
                    } else {
                        UnsafeBuffer region = vault.allocate(1 + random.nextInt(KeyVault.MAX_REGION_BYTES));
                        assertEquals(0, region.addressOffset() & 7);
                        for (int k = 0; k < region.capacity(); k++) {
                            assertEquals(0, region.getByte(k));
                        }
                        region.setMemory(0, region.capacity(), (byte) (1 + random.nextInt(100)));
                        regions.add(region);
                    }
                    assertEquals(regions.size(), vault.liveRegions());
                }
            });
        }
    }

    @Test
    void wipesAtRelease() throws ErrnoException {
        try (KeyVault vault = new KeyVault(BLOCK)) {
            UnsafeBuffer region = vault.allocate(40);
            region.setMemory(0, 40, (byte) 7);
            vault.release(region);
            for (int i = 0; i < 40; i++) {
                assertEquals(0, region.getByte(i)); // still mapped
            }
        }
    }

    @Test
    void refusesForeignAndTwiceReleasedRegions() throws ErrnoException {
        try (KeyVault vault = new KeyVault(BLOCK)) {
            UnsafeBuffer region = vault.allocate(64);
            vault.release(region);
            assertThrows(IllegalArgumentException.class, () -> vault.release(region));
            assertThrows(IllegalArgumentException.class, () -> vault.allocate(0));
            assertThrows(IllegalArgumentException.class, () -> vault.allocate(KeyVault.MAX_REGION_BYTES + 1));
        }
    }

    @Test
    void growsByBlocksUpToItsBoundAndCountsRefusals() throws ErrnoException {
        try (KeyVault vault = new KeyVault(BLOCK + 1)) {
            assertEquals(2 * BLOCK, vault.boundBytes());
            assertEquals(BLOCK, vault.lockedBytes());
            List<UnsafeBuffer> regions = new ArrayList<>();
            for (int i = 0; i < 2 * BLOCK / 64; i++) {
                regions.add(vault.allocate(64));
            }
            assertEquals(2 * BLOCK, vault.lockedBytes());
            assertThrows(SecretMemoryExhaustedException.class, () -> vault.allocate(64));
            assertEquals(1, vault.refusals());
            vault.release(regions.get(5));
            vault.allocate(64);
            assertTrue(vault.toString().startsWith("2048 regions in 131072 of 131072 locked bytes"), vault::toString);
        }
    }

    @Test
    void liesInLockedMemoryOutsideOfDumps() throws IOException {
        try (KeyVault vault = new KeyVault(BLOCK)) {
            String flags = flagsOf(vault.allocate(64).addressOffset());
            assertTrue(flags.contains(" lo ") || flags.endsWith(" lo"), flags);
            assertTrue(flags.contains(" dd"), flags);
        }
    }

    /** The VmFlags line of the mapping around an address. */
    private static String flagsOf(long address) throws IOException {
        boolean inside = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                String[] range = line.substring(0, line.indexOf(' ')).split("-", 2);
                inside = Long.parseUnsignedLong(range[0], 16) <= address
                        && address < Long.parseUnsignedLong(range[1], 16);
            } else if (inside && line.startsWith("VmFlags:")) {
                return line.strip();
            }
        }
        throw new AssertionError("no mapping around the address");
    }
}
