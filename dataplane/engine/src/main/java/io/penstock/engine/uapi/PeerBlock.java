package io.penstock.engine.uapi;

/** Where a set request stands among its peers, kept between its batches. Made by the session, used by the control agent. */
public final class PeerBlock {}
