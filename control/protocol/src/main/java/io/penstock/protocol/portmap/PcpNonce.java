package io.penstock.protocol.portmap;

/** The 96 random bits by which a gateway's answers, renewals and ends belong to one mapping. RFC 6887 section 11.2. */
public record PcpNonce(long high, int low) {}
