package io.penstock.node.api;

import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.route.Prefix;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The node itself.
 *
 * @param name short, as in the map
 * @param fullName with the domain, without a final dot
 * @param overlay its addresses
 * @param user who owns it, or its tags
 * @param interfaceName of the tunnel
 * @param mtu of the interface, in bytes
 * @param port UDP, 0 while the interface is down
 * @param endpoints where peers may reach it, as it found out
 * @param homeRelay code of its home relay's region, or empty
 * @param lan what it offers, whether the coordinator lets it or not
 * @param approved what of it peers may use
 * @param keyExpiry null if the key does not expire
 * @param online whether the coordinator has it as connected; false while it runs by a map of before
 */
@Message
public record SelfStatus(
        String name,
        String fullName,
        List<String> overlay,
        String user,
        NodeKey nodeKey,
        String interfaceName,
        int mtu,
        int port,
        List<String> endpoints,
        String homeRelay,
        List<Prefix> lan,
        List<Prefix> approved,
        @Nullable Instant keyExpiry,
        boolean online) {
    public SelfStatus {
        overlay = Zero.list(overlay);
        endpoints = Zero.list(endpoints);
        lan = Zero.list(lan);
        approved = Zero.list(approved);
    }
}
