package io.penstock.ffm.netlink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Netlink bytes written by hand, little-endian. Header: length 4, type 2, flags 2, sequence 4, port 4. */
class CodecTest {
    @Test
    void writesHeaderFixedPartAndNests() {
        MessageBuilder message = new MessageBuilder(Rtnetlink.RTM_NEWLINK, Rtnetlink.NLM_F_CREATE);
        message.putInt(0).putInt(7).putInt(1).putInt(1);
        int info = message.beginNest(Rtnetlink.IFLA_LINKINFO);
        message.attributeString(Rtnetlink.IFLA_INFO_KIND, "veth").endNest(info);
        message.attributeInt(Rtnetlink.IFLA_MTU, 1420);

        assertArrayEquals(
                hex(
                        "38000000 1000 0504 05000000 00000000" // 56 bytes, REQUEST | ACK | CREATE
                                + "00000000 07000000 01000000 01000000"
                                + "1000 1200 0900 0100 7665746800 000000" // nest of 16; "veth" and NUL, 3 bytes of
                                // padding
                                + "0800 0400 8c050000"),
                message.finish(5, Rtnetlink.NLM_F_ACK));
    }

    @Test
    void growsWithItsContent() {
        MessageBuilder message = new MessageBuilder(1, 0);
        message.attribute(1, new byte[1000]).attribute(2, new byte[3000]);
        assertEquals(16 + 1004 + 3004, message.finish(1, 0).length);
    }

    @Test
    void cutsADatagramIntoMessages() {
        byte[] datagram = hex("18000000 1000 0200 05000000 00000000 0102030405060708"
                + "12000000 0300 0200 06000000 00000000 0a0b 0000"); // 18 bytes and padding
        List<Message> messages = Message.parse(datagram, datagram.length);
        assertEquals(2, messages.size());
        assertEquals(16, messages.get(0).type());
        assertEquals(5, messages.get(0).sequence());
        assertEquals(0x04030201, messages.get(0).payload().getInt(0));
        assertEquals(Rtnetlink.NLMSG_DONE, messages.get(1).type());
        assertEquals(2, messages.get(1).payload().limit());
    }

    @Test
    void readsAttributesAndNests() {
        Message message = message("10000000 0000 0000 05000000 00000000"
                + "AABBCCDD"
                + "0800 0400 8c050000"
                + "0800 0300 77673000" // "wg0"
                + "1000 1280 0900 0100 7665746800 000000"); // the nest flag is in its type
        Attributes attributes = message.attributes(4);
        assertEquals(1420, attributes.getInt(Rtnetlink.IFLA_MTU, 0));
        assertEquals("wg0", attributes.getString(Rtnetlink.IFLA_IFNAME));
        assertEquals("veth", attributes.getNested(Rtnetlink.IFLA_LINKINFO).getString(Rtnetlink.IFLA_INFO_KIND));
        assertEquals(-1, attributes.getInt(99, -1));
        assertNull(attributes.getString(99));
        assertNull(attributes.getNested(99).getBytes(1));
        assertTrue(attributes.has(Rtnetlink.IFLA_MTU));
    }

    @Test
    void refusesWrongLengths() {
        byte[] tooLong = hex("20000000 1000 0000 05000000 00000000");
        byte[] tooShort = hex("0f000000 1000 0000 05000000 00000000");
        assertThrows(IllegalArgumentException.class, () -> Message.parse(tooLong, tooLong.length));
        assertThrows(IllegalArgumentException.class, () -> Message.parse(tooShort, tooShort.length));
        Message beyond = message("10000000 1000 0000 05000000 00000000" + "0c00 0400 8c050000");
        assertThrows(IllegalArgumentException.class, () -> beyond.attributes(0));
        Message within = message("10000000 1000 0000 05000000 00000000" + "0300 0400 8c050000");
        assertThrows(IllegalArgumentException.class, () -> within.attributes(0));
    }

    @Test
    void reportsTheKernelsText() {
        // Capped (0x100) with attributes (0x200): errno -17, the request's header, then attribute 1 "taken".
        Message capped = message("10000000 0200 0003 05000000 00000000"
                + "efffffff 20000000 1000 0506 05000000 00000000"
                + "0a00 0100 74616b656e00 0000");
        ErrnoException e = assertThrows(ErrnoException.class, () -> Netlink.check(capped, "create link wg0"));
        assertEquals(Errno.EEXIST, e.errno());
        assertEquals("create link wg0: taken (EEXIST)", e.getMessage());

        // Not capped: the whole request of 20 bytes comes back.
        Message whole = message("10000000 0200 0002 05000000 00000000"
                + "efffffff 14000000 1000 0506 05000000 00000000 11223344"
                + "0a00 0100 74616b656e00 0000");
        assertEquals(
                "x: taken (EEXIST)",
                assertThrows(ErrnoException.class, () -> Netlink.check(whole, "x"))
                        .getMessage());
    }

    @Test
    void reportsErrorsWithoutText() {
        Message plain = message("10000000 0200 0000 05000000 00000000 efffffff 20000000 1000 0506 05000000 00000000");
        assertEquals(
                "x: exists already (EEXIST)",
                assertThrows(ErrnoException.class, () -> Netlink.check(plain, "x"))
                        .getMessage());
        Message ack = message("10000000 0200 0001 05000000 00000000 00000000 20000000 1000 0506 05000000 00000000");
        assertDoesNotThrow(() -> Netlink.check(ack, "x"));
        Message done = message("10000000 0300 0200 05000000 00000000 00000000");
        assertDoesNotThrow(() -> Netlink.check(done, "x"));
    }

    @Test
    void tellsMovedLinksFromDeletedOnes() {
        String header = "10000000 1100 0000 00000000 00000000";
        String link = "0000 feff 07000000 00000000 ffffffff" + "0800 0300 77673000";
        assertEquals(new LinkEvent.Deleted(7, "wg0"), LinkMonitor.decode(message(header + link)));
        assertEquals(
                new LinkEvent.Moved(7, "wg0", 3),
                LinkMonitor.decode(message(header + link + "0800 2d00 00000000" + "0800 3100 03000000")));
        LinkEvent changed = LinkMonitor.decode(message("10000000 1000 0000 00000000 00000000" + link));
        assertEquals(
                "wg0", assertInstanceOf(LinkEvent.Changed.class, changed).link().name());
        assertNull(LinkMonitor.decode(message("10000000 1400 0000 00000000 00000000" + link)));
    }

    @Test
    void writesRoutesAsIpRouteDoes() {
        Route route = Route.to(IpNetwork.parse("10.1.0.0/16"))
                .dev(3)
                .table(1000)
                .metric(10)
                .mtu(1380);
        assertArrayEquals(
                hex("48000000 1800 0100 01000000 00000000"
                        + "02 10 00 00 00 04 fd 01 00000000" // AF_INET, /16, table in its attribute, static, link,
                        // unicast
                        + "0800 0100 0a010000"
                        + "0800 0f00 e8030000"
                        + "0800 0400 03000000"
                        + "0800 0600 0a000000"
                        + "0c00 0800 0800 0200 64050000"),
                route.write(new MessageBuilder(Rtnetlink.RTM_NEWROUTE, 0), false)
                        .finish(1, 0));
    }

    @Test
    void readsTheFirstOfSeveralNextHops() {
        Message message = message("10000000 1800 0000 05000000 00000000"
                + "02 00 00 00 fe 03 00 01 00000000" // all of IPv4, main, boot, unicast
                + "0800 0f00 fe000000"
                + "2400 0900 1000 00 00 07000000 0800 0500 0a000001 1000 00 00 08000000 0800 0500 0a010001");
        assertEquals(7, Route.of(message).oif());
    }

    @Test
    void writesRulesAsIpRuleDoes() {
        Rule rule = Rule.v4(51820).mark(51820).inverted();
        assertArrayEquals(
                hex("34000000 2000 0100 01000000 00000000"
                        + "02 00 00 00 00 00 00 01 02000000" // AF_INET, to table, inverted
                        + "0800 0f00 6cca0000"
                        + "0800 0a00 6cca0000"
                        + "0800 1000 ffffffff"),
                rule.write(new MessageBuilder(Rtnetlink.RTM_NEWRULE, 0)).finish(1, 0));
    }

    @Test
    void readsBackWhatItWrites() {
        Route route = Route.to(IpNetwork.parse("fd00:1::/64"))
                .via(IpNetwork.parse("fd00::1").address())
                .dev(4)
                .table(52)
                .metric(7)
                .mtu(1300)
                .scope(0)
                .source(IpNetwork.parse("fd00::2").address());
        assertEquals(route, Route.of(reread(route.write(new MessageBuilder(Rtnetlink.RTM_NEWROUTE, 0), false))));
        Rule rule = Rule.v6(52)
                .priority(5)
                .mark(0x80000, 0xff0000)
                .suppressPrefixLength(0)
                .from(IpNetwork.parse("fd00::/8"))
                .to(IpNetwork.parse("fd01::/16"));
        assertEquals(rule, Rule.of(reread(rule.write(new MessageBuilder(Rtnetlink.RTM_NEWRULE, 0)))));
    }

    @Test
    void parsesNetworks() {
        assertEquals("10.0.0.1/24", IpNetwork.parse("10.0.0.1/24").toString());
        assertEquals(128, IpNetwork.parse("fd00::1").length());
        assertEquals(32, IpNetwork.parse("10.0.0.1").length());
        for (String bad : new String[] {"10.0.0.1/33", "fd00::/129", "10.0.0.1/-1", "host/3", "10.0.0.1/x", ""}) {
            assertThrows(IllegalArgumentException.class, () -> IpNetwork.parse(bad), bad);
        }
    }

    private static Message reread(MessageBuilder message) {
        byte[] bytes = message.finish(1, 0);
        return Message.parse(bytes, bytes.length).getFirst();
    }

    /** One message; its length is set to what follows. */
    private static Message message(String text) {
        byte[] bytes = hex(text);
        bytes[0] = (byte) bytes.length;
        return Message.parse(bytes, bytes.length).getFirst();
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }
}
