package io.penstock.node.netcheck.core;

import io.penstock.node.path.core.CheckReport;
import io.penstock.node.portmap.core.PortMapView;
import io.penstock.protocol.stun.discovery.NatBehaviour;
import org.jspecify.annotations.Nullable;

/**
 * What a look found. Immutable.
 *
 * @param v4 behaviour of what is in front of us, IPv4
 * @param v6 the same of IPv6
 * @param hasV6 whether the host has an address of IPv6 that is more than its link's
 * @param relays latencies of regions
 * @param home the region that a node would be at home in, 0 for none
 * @param portMap what the router speaks; null if there is no router that could be asked, or it was not
 */
public record NetcheckReport(
        NatBehaviour v4,
        NatBehaviour v6,
        boolean hasV6,
        CheckReport relays,
        int home,
        @Nullable PortMapView portMap) {
    /** Whether datagrams get out and in. */
    public boolean isUdpOpen() {
        return v4.isOpen() || v6.isOpen() || relays.isUdpOpen();
    }

    /** Whether nothing has answered, by whichever way. */
    public boolean isCutOff() {
        return !isUdpOpen() && relays.connect().isEmpty();
    }
}
