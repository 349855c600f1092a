package io.penstock.ffm.netlink;

import static io.penstock.ffm.netlink.Rtnetlink.IFA_F_NODAD;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.udp.Sockets;
import java.util.List;
import java.util.Objects;

/** Addresses of the interfaces of one namespace. Belongs to the thread of its {@link Netlink}. */
public final class Addresses {
    private final Netlink netlink;

    public Addresses(Netlink netlink) {
        this.netlink = netlink;
    }

    /**
     * Adds an address.
     *
     * @throws ErrnoException EEXIST if the interface has it already
     */
    public void add(int ifIndex, IpNetwork network) throws ErrnoException {
        add(ifIndex, network, 0);
    }

    /** Adds an address that is usable at once: no duplicate address detection (IPv6). */
    public void addWithoutDetection(int ifIndex, IpNetwork network) throws ErrnoException {
        add(ifIndex, network, IFA_F_NODAD);
    }

    /**
     * Removes an address.
     *
     * @throws ErrnoException EADDRNOTAVAIL if the interface does not have it
     */
    public void remove(int ifIndex, IpNetwork network) throws ErrnoException {
        netlink.request(
                message(new MessageBuilder(Rtnetlink.RTM_DELADDR, 0), ifIndex, network, 0),
                "remove address " + network + " from link " + ifIndex);
    }

    /** All addresses of both families. */
    public List<Address> list() throws ErrnoException {
        MessageBuilder message = new MessageBuilder(Rtnetlink.RTM_GETADDR, Rtnetlink.NLM_F_DUMP);
        message.putInt(Sockets.AF_UNSPEC).putInt(0);
        return netlink.dump(message, "list addresses").stream()
                .map(Address::of)
                .filter(Objects::nonNull)
                .toList();
    }

    /** The addresses of one interface. */
    public List<Address> list(int ifIndex) throws ErrnoException {
        return list().stream().filter(address -> address.ifIndex() == ifIndex).toList();
    }

    private void add(int ifIndex, IpNetwork network, int flags) throws ErrnoException {
        int create = Rtnetlink.NLM_F_CREATE | Rtnetlink.NLM_F_EXCL;
        netlink.request(
                message(new MessageBuilder(Rtnetlink.RTM_NEWADDR, create), ifIndex, network, flags),
                "add address " + network + " to link " + ifIndex);
    }

    private static MessageBuilder message(MessageBuilder message, int ifIndex, IpNetwork network, int flags) {
        message.putByte(network.family())
                .putByte(network.length())
                .putByte(flags)
                .putByte(0);
        message.putInt(ifIndex);
        message.attribute(Rtnetlink.IFA_LOCAL, network.bytes());
        return message.attribute(Rtnetlink.IFA_ADDRESS, network.bytes());
    }
}
