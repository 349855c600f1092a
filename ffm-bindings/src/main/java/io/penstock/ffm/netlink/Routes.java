package io.penstock.ffm.netlink;

import static io.penstock.ffm.netlink.Rtnetlink.NLM_F_CREATE;
import static io.penstock.ffm.netlink.Rtnetlink.NLM_F_DUMP;
import static io.penstock.ffm.netlink.Rtnetlink.NLM_F_EXCL;
import static io.penstock.ffm.netlink.Rtnetlink.NLM_F_REPLACE;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.udp.Sockets;
import java.net.InetAddress;
import java.util.List;

/** Routes of one namespace. Belongs to the thread of its {@link Netlink}. */
public final class Routes {
    private static final int FLAGS_OFFSET = 8;

    private final Netlink netlink;

    public Routes(Netlink netlink) {
        this.netlink = netlink;
    }

    /**
     * Adds a route.
     *
     * @throws ErrnoException EEXIST if there is one of this destination, table and metric; ENETUNREACH if the gateway is not on a
     *     link
     */
    public void add(Route route) throws ErrnoException {
        request(Rtnetlink.RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route, "add route to ");
    }

    /** Adds a route, or takes the place of the one of this destination, table and metric. */
    public void replace(Route route) throws ErrnoException {
        request(Rtnetlink.RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route, "replace route to ");
    }

    /**
     * Removes the first route that has all that is given.
     *
     * @throws ErrnoException ESRCH if there is none
     */
    public void remove(Route route) throws ErrnoException {
        request(Rtnetlink.RTM_DELROUTE, 0, route, "remove route to ");
    }

    /** The routes of one table in both families, without cached ones. */
    public List<Route> list(int table) throws ErrnoException {
        return list().stream().filter(route -> route.table() == table).toList();
    }

    /** The routes of all tables in both families, without cached ones. */
    public List<Route> list() throws ErrnoException {
        MessageBuilder message = new MessageBuilder(Rtnetlink.RTM_GETROUTE, NLM_F_DUMP);
        message.putInt(Sockets.AF_UNSPEC).putInt(0).putInt(0);
        return netlink.dump(message, "list routes").stream()
                .filter(answer ->
                        isRoute(answer) && (answer.payload().getInt(FLAGS_OFFSET) & Rtnetlink.RTM_F_CLONED) == 0)
                .map(Route::of)
                .toList();
    }

    /**
     * Asks by which interface a packet would leave.
     *
     * @param source its source address, of the destination's family
     * @param mark for {@code SO_MARK}; 0 is none
     * @return index of the interface; 0 if it would not leave, for want of a route or because the source is not this host's
     * @throws ErrnoException if the kernel cannot be asked
     */
    public int interfaceTo(InetAddress destination, InetAddress source, int mark) throws ErrnoException {
        byte[] to = destination.getAddress();
        byte[] from = source.getAddress();
        int bits = 8 * to.length;
        MessageBuilder message = new MessageBuilder(Rtnetlink.RTM_GETROUTE, 0);
        message.putByte(to.length == Integer.BYTES ? Sockets.AF_INET : Sockets.AF_INET6);
        message.putByte(bits).putByte(bits).putByte(0).putInt(0).putInt(0);
        message.attribute(Rtnetlink.RTA_DST, to).attribute(Rtnetlink.RTA_SRC, from);
        if (mark != 0) {
            message.attributeInt(Rtnetlink.RTA_MARK, mark);
        }
        try {
            List<Message> answers = netlink.get(message, "find route to " + destination.getHostAddress());
            return answers.isEmpty()
                    ? 0
                    : answers.getFirst().attributes(Route.FIXED_LENGTH).getInt(Rtnetlink.RTA_OIF, 0);
        } catch (ErrnoException e) {
            boolean isAnswer = e.errno() == Errno.ENETUNREACH
                    || e.errno() == Errno.EHOSTUNREACH
                    || e.errno() == Errno.EINVAL
                    || e.errno() == Errno.EACCES;
            if (isAnswer) {
                return 0;
            }
            throw e;
        }
    }

    private static boolean isRoute(Message answer) {
        int family = answer.payload().get(0); // multicast routing tables answer too
        return family == Sockets.AF_INET || family == Sockets.AF_INET6;
    }

    private void request(int type, int flags, Route route, String what) throws ErrnoException {
        boolean removes = type == Rtnetlink.RTM_DELROUTE;
        netlink.request(route.write(new MessageBuilder(type, flags), removes), what + route.destination());
    }
}
