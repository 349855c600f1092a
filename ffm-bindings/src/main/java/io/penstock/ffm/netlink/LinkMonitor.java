package io.penstock.ffm.netlink;

import static io.penstock.ffm.udp.Sockets.MSG_DONTWAIT;
import static io.penstock.ffm.udp.Sockets.SOCK_NONBLOCK;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes of the links of the namespace in which it was opened. Poll {@link #fd} for POLLIN, then {@link #drain}. One thread.
 */
public final class LinkMonitor implements AutoCloseable {
    private static final String WHAT = "read link events";

    private final NetlinkSocket socket;

    private LinkMonitor(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Subscribes in the network namespace of the calling thread. */
    public static LinkMonitor open() throws ErrnoException {
        return new LinkMonitor(new NetlinkSocket(Rtnetlink.NETLINK_ROUTE, Rtnetlink.RTMGRP_LINK, SOCK_NONBLOCK));
    }

    public int fd() {
        return socket.fd();
    }

    /** The events since the last call, oldest first; does not wait. */
    public List<LinkEvent> drain() throws ErrnoException {
        List<LinkEvent> events = new ArrayList<>();
        while (true) {
            try {
                for (Message message : socket.receive(MSG_DONTWAIT, WHAT)) {
                    LinkEvent event = decode(message);
                    if (event != null) {
                        events.add(event);
                    }
                }
            } catch (ErrnoException e) {
                if (e.errno() == Errno.EAGAIN) {
                    return List.copyOf(events);
                }
                if (e.errno() != Errno.ENOBUFS) {
                    throw e;
                }
                events.add(new LinkEvent.Overrun());
            }
        }
    }

    @Override
    public void close() {
        socket.close();
    }

    static @Nullable LinkEvent decode(Message message) {
        return switch (message.type()) {
            case Rtnetlink.RTM_NEWLINK -> new LinkEvent.Changed(Link.of(message));
            case Rtnetlink.RTM_DELLINK -> deleted(message);
            default -> null;
        };
    }

    private static LinkEvent deleted(Message message) {
        Link link = Link.of(message);
        Attributes attributes = message.attributes(Link.FIXED_LENGTH);
        if (attributes.has(Rtnetlink.IFLA_NEW_NETNSID) || attributes.has(Rtnetlink.IFLA_NEW_IFINDEX)) {
            return new LinkEvent.Moved(link.index(), link.name(), attributes.getInt(Rtnetlink.IFLA_NEW_IFINDEX, 0));
        }
        return new LinkEvent.Deleted(link.index(), link.name());
    }
}
