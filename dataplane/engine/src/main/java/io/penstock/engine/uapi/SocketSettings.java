package io.penstock.engine.uapi;

/** The settings of the UDP sockets, which the device does not know. Called on the control agent. */
public interface SocketSettings {
    /** The bound port, or the wanted one while no socket is open; 0 when none was chosen. */
    int listenPort();

    /**
     * Rebinds at once when sockets are open.
     *
     * @param port 0 lets the system choose
     * @return 0, or a negative errno
     */
    int setListenPort(int port);

    /** 32 bits, unsigned; 0 is off. */
    int fwmark();

    /**
     * Marks what the sockets send, those of later too.
     *
     * @param mark 32 bits, unsigned; 0 is off
     * @return 0, or a negative errno
     */
    int setFwmark(int mark);
}
