/**
 * How a host asks its router for a port that leads to it: NAT-PMP (RFC 6886), PCP (RFC 6887) and UPnP IGD (its device architecture
 * 1.1, and the services WANIPConnection 1 and 2). Bytes and texts only; whatever comes from the network is read with bounds, and
 * is null where it is not what it should be.
 */
@NullMarked
package io.penstock.protocol.portmap;

import org.jspecify.annotations.NullMarked;
