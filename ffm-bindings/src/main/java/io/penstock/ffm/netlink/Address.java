package io.penstock.ffm.netlink;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An address of an interface.
 *
 * @param flags {@code IFA_F_} bits
 */
public record Address(int ifIndex, IpNetwork network, int scope, int flags) {
    static final int FIXED_LENGTH = 8; // struct ifaddrmsg: family, prefix length, flags, scope, index

    /** Reads an RTM_NEWADDR; {@code null} if it carries no address. */
    static @Nullable Address of(Message message) {
        ByteBuffer payload = message.payload();
        Attributes attributes = message.attributes(FIXED_LENGTH);
        // On a point-to-point link IFA_ADDRESS is the other side; IPv6 otherwise has only that.
        byte[] local = attributes.getBytes(Rtnetlink.IFA_LOCAL);
        byte[] address = local != null ? local : attributes.getBytes(Rtnetlink.IFA_ADDRESS);
        if (address == null) {
            return null;
        }
        return new Address(
                payload.getInt(4),
                new IpNetwork(IpNetwork.address(address), Byte.toUnsignedInt(payload.get(1))),
                Byte.toUnsignedInt(payload.get(3)),
                attributes.getInt(Rtnetlink.IFA_FLAGS, Byte.toUnsignedInt(payload.get(2))));
    }
}
