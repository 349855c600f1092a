package io.penstock.engine.offload;

import static io.penstock.engine.offload.TestPacket.checksum;
import static io.penstock.engine.offload.TestPacket.pseudoSum;
import static io.penstock.engine.offload.TestPacket.put16;
import static io.penstock.engine.offload.TestPacket.u16;
import static io.penstock.engine.offload.TestPacket.u32;
import static io.penstock.engine.offload.TestPacket.u8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The merging of a batch, on byte arrays and lists, every condition looked up anew. */
final class NaiveCoalescer {
    /** Packets of one write, in sequence order. */
    static final class Item {
        final List<byte[]> packets = new ArrayList<>();
        boolean open;
    }

    final List<Item> items = new ArrayList<>();
    boolean tcp = true;
    boolean udp = true;

    void add(byte[] p) {
        boolean enabled = isTcp(p) ? tcp : udp;
        if (isCommon(p) && enabled) {
            for (Item item : items) {
                if (item.open && sameFlow(item.packets.get(0), p)) {
                    if (isMergeable(p) && join(item, p)) {
                        return;
                    }
                    item.open = false;
                }
            }
        } else if (mayCarryFlow(p) && !isCommon(p)) {
            items.stream().filter(i -> sameAddresses(i.packets.get(0), p)).forEach(i -> i.open = false);
        }
        Item item = new Item();
        item.packets.add(p);
        item.open = isCommon(p) && enabled && isMergeable(p);
        items.add(item);
    }

    private static boolean join(Item item, byte[] p) {
        byte[] first = item.packets.get(0);
        byte[] last = item.packets.get(item.packets.size() - 1);
        int gso = payload(first);
        int total = item.packets.stream().mapToInt(NaiveCoalescer::payload).sum() + payload(p) + header(first);
        if (total > 65_535 || item.packets.size() == 1024 || !sameHeaders(first, p)) {
            return false;
        }
        boolean appendable = !pushes(last) && payload(last) == gso && payload(p) <= gso;
        if (!isTcp(p)) {
            return item.packets.size() < 64 && appendable && item.packets.add(p);
        }
        int t = transport(p);
        if (u32(p, t + 4) + payload(p) == u32(first, t + 4)) {
            boolean prependable = !pushes(p) && (payload(p) == gso || (payload(p) > gso && item.packets.size() == 1));
            if (prependable) {
                item.packets.add(0, p);
            }
            return prependable;
        }
        return u32(p, t + 4) == u32(last, t + 4) + payload(last) && appendable && item.packets.add(p);
    }

    /** What has to be written for an item: virtio header and packet. */
    static byte[] written(Item item) {
        byte[] first = item.packets.get(0);
        if (item.packets.size() == 1) {
            return TestPacket.read(0, 0, 0, 0, 0, 0, first);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(first);
        item.packets.stream().skip(1).forEach(p -> out.writeBytes(Arrays.copyOfRange(p, header(p), p.length)));
        byte[] whole = out.toByteArray();
        int t = transport(whole);
        boolean v6 = t == 40;
        if (v6) {
            put16(whole, 4, whole.length - 40);
        } else {
            put16(whole, 2, whole.length);
            put16(whole, 10, 0);
            put16(whole, 10, checksum(whole, 0, 20, 0));
        }
        int offset = isTcp(whole) ? 16 : 6;
        if (isTcp(whole)) {
            whole[t + 13] = item.packets.get(item.packets.size() - 1)[t + 13];
        } else {
            put16(whole, t + 4, whole.length - t);
        }
        put16(whole, t + offset, pseudoSum(whole, isTcp(whole) ? 6 : 17, whole.length - t));
        int tcpType = v6 ? 4 : 1;
        return TestPacket.read(1, isTcp(whole) ? tcpType : 5, header(first), payload(first), t, offset, whole);
    }

    private static boolean isV6(byte[] p) {
        return u8(p, 0) >> 4 == 6;
    }

    private static int protocol(byte[] p) {
        return u8(p, isV6(p) ? 6 : 9);
    }

    private static boolean isTcp(byte[] p) {
        return protocol(p) == 6;
    }

    private static int transport(byte[] p) {
        return isV6(p) ? 40 : 20;
    }

    private static int header(byte[] p) {
        return transport(p) + (isTcp(p) ? (u8(p, transport(p) + 12) >> 4) * 4 : 8);
    }

    private static int payload(byte[] p) {
        return p.length - header(p);
    }

    private static boolean mayCarryFlow(byte[] p) {
        List<Integer> protocols = isV6(p) ? List.of(6, 17, 0, 43, 44, 51, 60, 135, 139, 140) : List.of(6, 17);
        return protocols.contains(protocol(p));
    }

    private static boolean isCommon(byte[] p) {
        boolean carries = protocol(p) == 6 || protocol(p) == 17;
        boolean plain = isV6(p) || (u8(p, 0) == 0x45 && (u16(p, 6) & 0x3fff) == 0);
        return carries && plain && p.length >= transport(p) + (isTcp(p) ? 20 : 8);
    }

    private static boolean isMergeable(byte[] p) {
        int t = transport(p);
        if (isTcp(p)) {
            return u8(p, t + 12) >> 4 >= 5
                    && (u8(p, t + 12) & 15) == 0
                    && (u8(p, t + 13) == 0x10 || u8(p, t + 13) == 0x18)
                    && payload(p) > 0;
        }
        return payload(p) > 0 && u16(p, t + 4) == p.length - t && u16(p, t + 6) != 0;
    }

    private static boolean pushes(byte[] p) {
        return isTcp(p) && (u8(p, transport(p) + 13) & 8) != 0;
    }

    private static boolean sameAddresses(byte[] a, byte[] b) {
        return isV6(a) == isV6(b) && (isV6(a) ? same(a, b, 8, 40) : same(a, b, 12, 20));
    }

    private static boolean sameFlow(byte[] a, byte[] b) {
        int t = transport(a);
        return sameAddresses(a, b) && protocol(a) == protocol(b) && same(a, b, t, t + 4);
    }

    private static boolean sameHeaders(byte[] a, byte[] b) {
        int t = transport(a);
        boolean network = isV6(a) ? same(a, b, 0, 4) && same(a, b, 7, 8) : same(a, b, 0, 2) && same(a, b, 6, 9);
        boolean tcp = !isTcp(a)
                || (same(a, b, t + 8, t + 13)
                        && same(a, b, t + 14, t + 16)
                        && same(a, b, t + 18, t + 20)
                        && header(a) == header(b)
                        && same(a, b, t + 20, header(a)));
        return network && tcp;
    }

    private static boolean same(byte[] a, byte[] b, int from, int to) {
        return Arrays.equals(a, from, to, b, from, to);
    }
}
