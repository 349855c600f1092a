package io.penstock.node.api;

/**
 * An answered ping.
 *
 * @param peer its short name
 * @param overlay its address that was asked
 * @param path how the answer came; its {@code rtt_ms} is this ping's
 */
@Message
public record PingResult(String peer, String overlay, PingType type, PeerPath path) {}
