package io.penstock.node.daemon;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.unix.UnixSocket;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Tells systemd how the daemon is, as sd_notify(3) does: a datagram to the socket that {@code NOTIFY_SOCKET} names. */
final class SystemdSupervisor implements Supervisor {
    private static final System.Logger LOG = System.getLogger(SystemdSupervisor.class.getName());

    private final String socket;
    private String told = "";

    private SystemdSupervisor(String socket) {
        this.socket = socket;
    }

    /** Of the variable's value; nobody if it is not set. */
    static Supervisor of(@Nullable String notifySocket) {
        return notifySocket == null || notifySocket.isEmpty() ? NONE : new SystemdSupervisor(notifySocket);
    }

    @Override
    public void ready() {
        send("READY=1");
    }

    @Override
    public void alive(String state) {
        send(state.equals(told) ? "WATCHDOG=1" : "WATCHDOG=1\nSTATUS=" + state);
        told = state;
    }

    @Override
    public void stopping() {
        send("STOPPING=1");
    }

    private void send(String message) {
        try {
            UnixSocket.sendDatagram(socket, message.getBytes(StandardCharsets.UTF_8));
        } catch (ErrnoException e) {
            LOG.log(Level.WARNING, "systemd cannot be told {0}: {1}", message, e.getMessage());
        }
    }
}
