package io.penstock.ffm.netlink;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests to RTNETLINK, each answered before the next. It belongs to the network namespace in which it was opened, and to one
 * thread. {@link Links}, {@link Addresses}, {@link Routes} and {@link Rules} speak through it.
 */
public final class Netlink implements AutoCloseable {
    private static final int DUMP_TRIES = 20;

    private final NetlinkSocket socket;
    private int sequence;

    private Netlink(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a socket in the network namespace of the calling thread. */
    public static Netlink open() throws ErrnoException {
        return new Netlink(new NetlinkSocket(Rtnetlink.NETLINK_ROUTE, 0, 0));
    }

    /**
     * Sends a request and waits for its acknowledgement.
     *
     * @param what names the attempt in an error, such as {@code "create link wg0"}
     * @throws ErrnoException what the kernel says, with its text if it gives one
     */
    public void request(MessageBuilder message, String what) throws ErrnoException {
        exchange(message, what);
    }

    /** Sends a request that one object answers; returns the answer. */
    public List<Message> get(MessageBuilder message, String what) throws ErrnoException {
        return exchange(message, what).messages();
    }

    /** Asks for all objects; asks again if they changed while the kernel was listing them. */
    public List<Message> dump(MessageBuilder message, String what) throws ErrnoException {
        for (int i = 0; i < DUMP_TRIES; i++) {
            Answer answer = exchange(message, what);
            if (!answer.isInterrupted()) {
                return answer.messages();
            }
        }
        throw new ErrnoException(what, Errno.EBUSY, "the list kept changing while it was read");
    }

    @Override
    public void close() {
        socket.close();
    }

    private Answer exchange(MessageBuilder message, String what) throws ErrnoException {
        sequence++;
        socket.send(message.finish(sequence, Rtnetlink.NLM_F_ACK), what);
        List<Message> messages = new ArrayList<>();
        boolean isInterrupted = false;
        while (true) {
            for (Message answer : socket.receive(0, what)) {
                if (answer.sequence() != sequence) {
                    continue; // left over from a request that was given up
                }
                isInterrupted |= (answer.flags() & Rtnetlink.NLM_F_DUMP_INTR) != 0;
                switch (answer.type()) {
                    case Rtnetlink.NLMSG_ERROR, Rtnetlink.NLMSG_DONE -> {
                        check(answer, what);
                        return new Answer(List.copyOf(messages), isInterrupted);
                    }
                    default -> messages.add(answer);
                }
            }
        }
    }

    /** Throws the error of an NLMSG_ERROR or NLMSG_DONE; 0 is success. */
    static void check(Message answer, String what) throws ErrnoException {
        int errno =
                answer.payload().limit() >= Integer.BYTES ? -answer.payload().getInt(0) : 0;
        if (errno <= 0) {
            return;
        }
        String text = errorText(answer);
        throw text == null ? new ErrnoException(what, errno) : new ErrnoException(what, errno, text);
    }

    private static @Nullable String errorText(Message answer) {
        if ((answer.flags() & Rtnetlink.NLM_F_ACK_TLVS) == 0) {
            return null;
        }
        // The errno, and in an NLMSG_ERROR the request's header or (not capped) the whole request.
        int offset = Integer.BYTES;
        if (answer.type() == Rtnetlink.NLMSG_ERROR) {
            boolean isCapped = (answer.flags() & Rtnetlink.NLM_F_CAPPED) != 0;
            offset += isCapped
                    ? Message.HEADER_LENGTH
                    : Message.align(answer.payload().getInt(Integer.BYTES));
        }
        return answer.attributes(offset).getString(Rtnetlink.NLMSGERR_ATTR_MSG);
    }

    private record Answer(List<Message> messages, boolean isInterrupted) {}
}
