package io.penstock.relay.core;

/** Why a connection ended. */
public enum CloseReason {
    /** The other end closed it, or the network did. */
    LEFT,
    /** The relay ends. */
    SHUTDOWN,
    /** Another relay of the region asked for it. */
    CLOSED_BY_MESH,
    /** More connections than are allowed, in all. */
    TOO_MANY_CONNECTIONS,
    /** More connections from one address lately than are allowed. */
    CONNECTION_RATE,
    /** A balancer did not say from where the connection comes, in a form of the PROXY protocol. */
    BAD_PROXY_HEADER,
    /** The handshake of TLS failed. */
    BAD_TLS,
    /** Not a request of HTTP/1.1, or too long. */
    BAD_HTTP,
    /** No whole request came in time. */
    HTTP_TIMEOUT,
    /** A request for something else, answered as such. */
    NOT_DERP,
    /** No whole hello came in time. */
    HELLO_TIMEOUT,
    /** The first frame is something else, or cannot be opened, or is for another version. */
    BAD_HELLO,
    /** More hellos wait to be opened than are allowed. */
    HELLO_OVERLOAD,
    /** The client may not use this relay. */
    NOT_ADMITTED,
    /** The client was let in and may no longer use this relay. */
    EXPELLED,
    /** Nobody could say whether the client may use this relay. */
    ADMISSION_FAILED,
    /** A frame is longer than its type may be. */
    FRAME_TOO_LONG,
    /** A frame is shorter than its type must be, or not what it should be. */
    FRAME_MALFORMED,
    /** A frame that only other relays of the region may send. */
    NO_PERMISSION,
    /** Something that is no frame of binary data came over a web socket. */
    BAD_WEB_SOCKET,
    /** The receiver took nothing for too long. */
    STALLED,
    /** A ping was not answered. */
    SILENT,
    /** A fault of ours. */
    FAULT
}
