package io.penstock.node.path;

/** How far a ping goes. */
public enum PingKind {
    /** To the peer's process, outside of the tunnel: tells the path. */
    DISCO,
    /** To the peer's process, inside the tunnel and through its filter. */
    TSMP
}
