package io.penstock.protocol.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.Seeded;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpSetTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0/8",
        "10.0.0.0/9 10.128.0.0/9, 10.0.0.0/8",
        "10.0.0.1/32 10.0.0.2/32, 10.0.0.1-10.0.0.2",
        "10.0.0.2/32 10.0.0.3/32, 10.0.0.2/31",
        "10.0.0.0/8 10.1.0.0/16, 10.0.0.0/8",
        "1.0.0.0/32 1.0.0.2/32, 1.0.0.0 1.0.0.2",
        "0.0.0.0/0 ::/0, 0.0.0.0/0 ::/0",
        "255.255.255.255/32 ::/128, 255.255.255.255 ::",
        "fd00::/64 fd00:0:0:1::/64, fd00::/63",
        "fd00::ffff:ffff:ffff:ffff/128 fd00:0:0:1::/128, fd00::ffff:ffff:ffff:ffff-fd00:0:0:1::",
        "8000::/1 ::/1, ::/0",
    })
    void mergesToTheShortestText(String prefixes, String texts) {
        assertEquals(texts, String.join(" ", set(prefixes).texts()));
    }

    /** Against a bit for each address of a small corner of each family. */
    @Test
    void agreesWithANaiveTwin() {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 500; round++) {
            boolean isV6 = seeded.oneIn(2);
            List<Prefix> prefixes = new ArrayList<>();
            BitSet bits = new BitSet();
            for (int i = seeded.below(8); i > 0; i--) {
                int length = 8 - seeded.below(5);
                int first = seeded.below(256) & -1 << (8 - length);
                prefixes.add(prefix(isV6, first, length));
                bits.set(first, first + (1 << (8 - length)));
            }
            IpSet set = IpSet.of(prefixes);
            BitSet read = new BitSet();
            for (IpSet.Range range : set.ranges()) {
                assertFalse(read.get((int) range.firstLow() & 0xff), "ranges do not overlap");
                read.set((int) range.firstLow() & 0xff, ((int) range.lastLow() & 0xff) + 1);
                BitSet parts = new BitSet();
                for (Prefix part : IpSet.prefixes(range)) {
                    int first = (int) part.low() & 0xff;
                    parts.set(first, first + (1 << ((isV6 ? 128 : 32) - part.length())));
                }
                assertEquals(parts.cardinality(), range.lastLow() - range.firstLow() + 1, seeded::toString);
            }
            assertEquals(bits, read, seeded::toString);
            int length = 8 - seeded.below(6);
            int first = seeded.below(256) & -1 << (8 - length);
            BitSet asked = bits.get(first, first + (1 << (8 - length)));
            Prefix prefix = prefix(isV6, first, length);
            assertEquals(!asked.isEmpty(), set.overlaps(prefix), seeded::toString);
            assertEquals(asked.cardinality() == 1 << (8 - length), set.contains(prefix), seeded::toString);
            assertFalse(set.overlaps(prefix(!isV6, first, length)), seeded::toString);
        }
    }

    @Test
    void internetIsWhatIsPublic() {
        assertTrue(IpSet.INTERNET.contains(Prefix.parse("8.8.8.8/32")));
        assertTrue(IpSet.INTERNET.contains(Prefix.parse("1.0.0.0/8")));
        assertTrue(IpSet.INTERNET.contains(Prefix.parse("223.255.255.255/32")));
        assertTrue(IpSet.INTERNET.contains(Prefix.parse("2001:4860::/32")));
        for (String text : List.of(
                "0.0.0.1/32",
                "10.0.0.0/8",
                "100.100.100.100/32",
                "127.0.0.1/32",
                "169.254.169.254/32",
                "172.16.0.0/12",
                "192.168.0.0/16",
                "224.0.0.1/32",
                "255.255.255.255/32",
                "fd00::/8",
                "fe80::/10",
                "::1/128")) {
            assertFalse(IpSet.INTERNET.overlaps(Prefix.parse(text)), text);
        }
    }

    @Test
    void emptySetHasNothing() {
        assertTrue(IpSet.EMPTY.isEmpty());
        assertEquals(List.of(), IpSet.EMPTY.texts());
        assertFalse(IpSet.EMPTY.overlaps(Prefix.parse("0.0.0.0/0")));
    }

    private static IpSet set(String prefixes) {
        return IpSet.of(List.of(prefixes.split(" ")).stream().map(Prefix::parse).toList());
    }

    private static Prefix prefix(boolean isV6, int first, int length) {
        return isV6
                ? Prefix.v6(0xfd00_0000_0000_0000L, first, 120 + length)
                : Prefix.v4(0x0a00_0000 | first, 24 + length);
    }
}
