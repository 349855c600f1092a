package io.penstock.node.relay;

/**
 * The connection to one region at one moment, to be shown.
 *
 * @param node of the region, the last one that was reached
 * @param problem why there is no connection, empty if there is one
 * @param sent packets
 * @param received packets
 * @param dropped packets that had to give way, or that the relay's limit did not allow
 */
public record RelayView(
        int region,
        String name,
        String node,
        boolean isHome,
        boolean isUp,
        String problem,
        long sent,
        long received,
        long dropped) {}
