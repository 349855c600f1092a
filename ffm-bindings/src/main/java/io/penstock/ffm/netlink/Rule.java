package io.penstock.ffm.netlink;

import io.penstock.ffm.udp.Sockets;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A policy routing rule that looks up a table. Start with {@link #v4} or {@link #v6} and refine.
 *
 * @param family AF_INET or AF_INET6
 * @param priority the smaller is asked first; -1 lets the kernel choose
 * @param mark value under {@code mask}; a mask of 0 matches every packet
 * @param isInverted whether it applies to packets that do not match
 * @param suppressPrefixLength routes with prefixes of this length or shorter do not count; -1 for none
 * @param from source network
 * @param to destination network
 */
public record Rule(
        int family,
        int priority,
        int table,
        int mark,
        int mask,
        boolean isInverted,
        int suppressPrefixLength,
        @Nullable IpNetwork from,
        @Nullable IpNetwork to) {
    static final int FIXED_LENGTH =
            12; // struct fib_rule_hdr: family, two lengths, tos, table, two unused, action, flags

    private static final int NONE = -1;

    public static Rule v4(int table) {
        return new Rule(Sockets.AF_INET, NONE, table, 0, 0, false, NONE, null, null);
    }

    public static Rule v6(int table) {
        return new Rule(Sockets.AF_INET6, NONE, table, 0, 0, false, NONE, null, null);
    }

    public Rule priority(int value) {
        return new Rule(family, value, table, mark, mask, isInverted, suppressPrefixLength, from, to);
    }

    /** Matches packets of exactly this mark. */
    public Rule mark(int value) {
        return mark(value, 0xffffffff);
    }

    public Rule mark(int value, int underMask) {
        return new Rule(family, priority, table, value, underMask, isInverted, suppressPrefixLength, from, to);
    }

    public Rule inverted() {
        return new Rule(family, priority, table, mark, mask, true, suppressPrefixLength, from, to);
    }

    public Rule suppressPrefixLength(int length) {
        return new Rule(family, priority, table, mark, mask, isInverted, length, from, to);
    }

    public Rule from(IpNetwork network) {
        return new Rule(family, priority, table, mark, mask, isInverted, suppressPrefixLength, network, to);
    }

    public Rule to(IpNetwork network) {
        return new Rule(family, priority, table, mark, mask, isInverted, suppressPrefixLength, from, network);
    }

    MessageBuilder write(MessageBuilder message) {
        message.putByte(family).putByte(to == null ? 0 : to.length());
        message.putByte(from == null ? 0 : from.length()).putByte(0);
        message.putByte(table < 256 ? table : 0).putByte(0).putByte(0).putByte(Rtnetlink.FR_ACT_TO_TBL);
        message.putInt(isInverted ? Rtnetlink.FIB_RULE_INVERT : 0);
        message.attributeInt(Rtnetlink.FRA_TABLE, table);
        if (priority != NONE) {
            message.attributeInt(Rtnetlink.FRA_PRIORITY, priority);
        }
        if (mask != 0) {
            message.attributeInt(Rtnetlink.FRA_FWMARK, mark).attributeInt(Rtnetlink.FRA_FWMASK, mask);
        }
        if (suppressPrefixLength != NONE) {
            message.attributeInt(Rtnetlink.FRA_SUPPRESS_PREFIXLEN, suppressPrefixLength);
        }
        if (to != null) {
            message.attribute(Rtnetlink.FRA_DST, to.bytes());
        }
        if (from != null) {
            message.attribute(Rtnetlink.FRA_SRC, from.bytes());
        }
        return message;
    }

    /** Reads an RTM_NEWRULE. */
    static Rule of(Message message) {
        ByteBuffer payload = message.payload();
        Attributes attributes = message.attributes(FIXED_LENGTH);
        return new Rule(
                payload.get(0),
                attributes.getInt(Rtnetlink.FRA_PRIORITY, 0),
                attributes.getInt(Rtnetlink.FRA_TABLE, Byte.toUnsignedInt(payload.get(4))),
                attributes.getInt(Rtnetlink.FRA_FWMARK, 0),
                attributes.getInt(Rtnetlink.FRA_FWMASK, 0),
                (payload.getInt(8) & Rtnetlink.FIB_RULE_INVERT) != 0,
                attributes.getInt(Rtnetlink.FRA_SUPPRESS_PREFIXLEN, NONE),
                network(attributes.getBytes(Rtnetlink.FRA_SRC), payload.get(2)),
                network(attributes.getBytes(Rtnetlink.FRA_DST), payload.get(1)));
    }

    private static @Nullable IpNetwork network(byte @Nullable [] address, byte length) {
        return address == null ? null : new IpNetwork(IpNetwork.address(address), Byte.toUnsignedInt(length));
    }
}
