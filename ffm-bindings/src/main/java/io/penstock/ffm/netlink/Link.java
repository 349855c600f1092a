package io.penstock.ffm.netlink;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A network interface as the kernel describes it.
 *
 * @param flags {@code IFF_} constants
 * @param kind {@code "veth"}, {@code "tun"}, {@code "wireguard"}; absent for loopback and hardware
 * @param gsoMaxSize largest packet with segments that the kernel hands to it, in bytes; 0 if not told
 * @param gsoMaxSegs largest number of segments in one; 0 if not told
 */
public record Link(
        int index,
        String name,
        int mtu,
        int flags,
        @Nullable String kind,
        int gsoMaxSize,
        int gsoMaxSegs) {
    static final int FIXED_LENGTH = 16; // struct ifinfomsg: family, padding, type, index, flags, change

    public boolean isUp() {
        return (flags & Rtnetlink.IFF_UP) != 0;
    }

    /** Reads an RTM_NEWLINK or RTM_DELLINK. */
    static Link of(Message message) {
        ByteBuffer payload = message.payload();
        Attributes attributes = message.attributes(FIXED_LENGTH);
        String name = attributes.getString(Rtnetlink.IFLA_IFNAME);
        return new Link(
                payload.getInt(4),
                name == null ? "" : name,
                attributes.getInt(Rtnetlink.IFLA_MTU, 0),
                payload.getInt(8),
                attributes.getNested(Rtnetlink.IFLA_LINKINFO).getString(Rtnetlink.IFLA_INFO_KIND),
                attributes.getInt(Rtnetlink.IFLA_GSO_MAX_SIZE, 0),
                attributes.getInt(Rtnetlink.IFLA_GSO_MAX_SEGS, 0));
    }
}
