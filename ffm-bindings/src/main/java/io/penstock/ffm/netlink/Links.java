package io.penstock.ffm.netlink;

import static io.penstock.ffm.netlink.Rtnetlink.IFF_UP;
import static io.penstock.ffm.netlink.Rtnetlink.NLM_F_CREATE;
import static io.penstock.ffm.netlink.Rtnetlink.NLM_F_DUMP;
import static io.penstock.ffm.netlink.Rtnetlink.NLM_F_EXCL;
import static io.penstock.ffm.netlink.Rtnetlink.RTM_DELLINK;
import static io.penstock.ffm.netlink.Rtnetlink.RTM_GETLINK;
import static io.penstock.ffm.netlink.Rtnetlink.RTM_NEWLINK;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Network interfaces of one namespace. Belongs to the thread of its {@link Netlink}. */
public final class Links {
    private static final int SAME_NAMESPACE = -1;
    private static final int MAX_NAME_LENGTH = 15;

    private final Netlink netlink;

    public Links(Netlink netlink) {
        this.netlink = netlink;
    }

    /** Creates a pair of virtual Ethernet links, both in this namespace. */
    public void createVeth(String name, String peer) throws ErrnoException {
        createVeth(name, peer, SAME_NAMESPACE);
    }

    /**
     * Creates a pair of virtual Ethernet links; what one sends, the other receives.
     *
     * @param peerNamespaceFd namespace of the second one, or -1 for this one
     * @throws ErrnoException EEXIST if a name is taken
     */
    public void createVeth(String name, String peer, int peerNamespaceFd) throws ErrnoException {
        MessageBuilder message = create(name);
        int info = message.beginNest(Rtnetlink.IFLA_LINKINFO);
        message.attributeString(Rtnetlink.IFLA_INFO_KIND, "veth");
        int data = message.beginNest(Rtnetlink.IFLA_INFO_DATA);
        int other = message.beginNest(Rtnetlink.VETH_INFO_PEER);
        header(message, 0, 0, 0);
        message.attributeString(Rtnetlink.IFLA_IFNAME, checkName(peer));
        if (peerNamespaceFd != SAME_NAMESPACE) {
            message.attributeInt(Rtnetlink.IFLA_NET_NS_FD, peerNamespaceFd);
        }
        message.endNest(other).endNest(data).endNest(info);
        netlink.request(message, "create veth pair " + name + " and " + peer);
    }

    /**
     * Creates a link that drops what it is given.
     *
     * @throws ErrnoException EOPNOTSUPP on a kernel without the dummy driver
     */
    public void createDummy(String name) throws ErrnoException {
        createPlain(name, "dummy");
    }

    /** Creates a bridge; {@link #setMaster} plugs links into it. */
    public void createBridge(String name) throws ErrnoException {
        createPlain(name, "bridge");
    }

    public void setUp(int index) throws ErrnoException {
        netlink.request(change(index, IFF_UP, IFF_UP), "set link " + index + " up");
    }

    public void setDown(int index) throws ErrnoException {
        netlink.request(change(index, 0, IFF_UP), "set link " + index + " down");
    }

    public void setMtu(int index, int mtu) throws ErrnoException {
        netlink.request(
                change(index, 0, 0).attributeInt(Rtnetlink.IFLA_MTU, mtu), "set MTU of link " + index + " to " + mtu);
    }

    /** Gives a new name; before Linux 6.4 only to a link that is down (EBUSY). */
    public void rename(int index, String name) throws ErrnoException {
        netlink.request(
                change(index, 0, 0).attributeString(Rtnetlink.IFLA_IFNAME, checkName(name)),
                "rename link " + index + " to " + name);
    }

    /** Plugs a link into a bridge; 0 unplugs it. */
    public void setMaster(int index, int bridgeIndex) throws ErrnoException {
        netlink.request(
                change(index, 0, 0).attributeInt(Rtnetlink.IFLA_MASTER, bridgeIndex),
                "plug link " + index + " into " + bridgeIndex);
    }

    /** Moves a link to another namespace; it goes down and loses its addresses and routes. */
    public void moveToNamespace(int index, int namespaceFd) throws ErrnoException {
        netlink.request(
                change(index, 0, 0).attributeInt(Rtnetlink.IFLA_NET_NS_FD, namespaceFd),
                "move link " + index + " to another namespace");
    }

    /** Moves a link to the namespace of a process. */
    public void moveToProcess(int index, int pid) throws ErrnoException {
        netlink.request(
                change(index, 0, 0).attributeInt(Rtnetlink.IFLA_NET_NS_PID, pid),
                "move link " + index + " to the namespace of process " + pid);
    }

    /**
     * Limits the packets with segments that the kernel hands to a link; up to 65,536 the size counts for IPv4 too.
     *
     * @param maxSizeBytes largest packet
     * @param maxSegments most segments in one
     */
    public void setGso(int index, int maxSizeBytes, int maxSegments) throws ErrnoException {
        MessageBuilder message = change(index, 0, 0);
        message.attributeInt(Rtnetlink.IFLA_GSO_MAX_SIZE, maxSizeBytes);
        message.attributeInt(Rtnetlink.IFLA_GSO_MAX_SEGS, maxSegments);
        netlink.request(message, "limit segments of link " + index);
    }

    /** As {@link #setGso} for IPv4 alone; Linux 6.3. */
    public void setGsoIpv4(int index, int maxSizeBytes) throws ErrnoException {
        netlink.request(
                change(index, 0, 0).attributeInt(Rtnetlink.IFLA_GSO_IPV4_MAX_SIZE, maxSizeBytes),
                "limit IPv4 segments of link " + index);
    }

    /** Limits the packets that the kernel merges when it receives from a link; Linux 5.19. */
    public void setGro(int index, int maxSizeBytes) throws ErrnoException {
        netlink.request(
                change(index, 0, 0).attributeInt(Rtnetlink.IFLA_GRO_MAX_SIZE, maxSizeBytes),
                "limit merging of link " + index);
    }

    /** As {@link #setGro} for IPv4 alone; Linux 6.3. */
    public void setGroIpv4(int index, int maxSizeBytes) throws ErrnoException {
        netlink.request(
                change(index, 0, 0).attributeInt(Rtnetlink.IFLA_GRO_IPV4_MAX_SIZE, maxSizeBytes),
                "limit IPv4 merging of link " + index);
    }

    /** Deletes a link, and a veth's other end with it. */
    public void delete(int index) throws ErrnoException {
        MessageBuilder message = new MessageBuilder(RTM_DELLINK, 0);
        netlink.request(header(message, index, 0, 0), "delete link " + index);
    }

    /** The link of this name, or {@code null}. */
    public @Nullable Link find(String name) throws ErrnoException {
        MessageBuilder message = new MessageBuilder(RTM_GETLINK, 0);
        header(message, 0, 0, 0).attributeString(Rtnetlink.IFLA_IFNAME, checkName(name));
        return one(message, "find link " + name);
    }

    /** The link of this index, or {@code null}. */
    public @Nullable Link find(int index) throws ErrnoException {
        return one(header(new MessageBuilder(RTM_GETLINK, 0), index, 0, 0), "find link " + index);
    }

    /**
     * The index of a link that must be there.
     *
     * @throws ErrnoException ENODEV if it is not
     */
    public int index(String name) throws ErrnoException {
        Link link = find(name);
        if (link == null) {
            throw new ErrnoException("find link " + name, Errno.ENODEV);
        }
        return link.index();
    }

    public List<Link> list() throws ErrnoException {
        MessageBuilder message = header(new MessageBuilder(RTM_GETLINK, NLM_F_DUMP), 0, 0, 0);
        return netlink.dump(message, "list links").stream().map(Link::of).toList();
    }

    private @Nullable Link one(MessageBuilder message, String what) throws ErrnoException {
        try {
            return Link.of(netlink.get(message, what).getFirst());
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENODEV) {
                return null;
            }
            throw e;
        }
    }

    private void createPlain(String name, String kind) throws ErrnoException {
        MessageBuilder message = create(name);
        int info = message.beginNest(Rtnetlink.IFLA_LINKINFO);
        message.attributeString(Rtnetlink.IFLA_INFO_KIND, kind).endNest(info);
        netlink.request(message, "create " + kind + " link " + name);
    }

    private static MessageBuilder create(String name) {
        MessageBuilder message = new MessageBuilder(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
        return header(message, 0, 0, 0).attributeString(Rtnetlink.IFLA_IFNAME, checkName(name));
    }

    private static MessageBuilder change(int index, int flags, int mask) {
        return header(new MessageBuilder(RTM_NEWLINK, 0), index, flags, mask);
    }

    private static MessageBuilder header(MessageBuilder message, int index, int flags, int mask) {
        return message.putInt(0).putInt(index).putInt(flags).putInt(mask);
    }

    private static String checkName(String name) {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > MAX_NAME_LENGTH || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("link name: " + name);
        }
        return name;
    }
}
