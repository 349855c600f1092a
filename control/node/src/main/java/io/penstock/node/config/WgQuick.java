package io.penstock.node.config;

import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file of wg-quick(8) as far as it tells of peers. The interface's own key is never kept: that there is one is all that is known of it.
 *
 * @param addresses of the interface, with their lengths as they stand
 * @param port of the interface, 0 for any
 * @param hasPrivateKey whether the file holds the interface's key
 * @param unused keys of the interface that mean something to wg-quick only, such as {@code PostUp}
 */
public record WgQuick(List<String> addresses, int port, boolean hasPrivateKey, List<String> unused, List<Peer> peers) {
    /**
     * A peer.
     *
     * @param name what a comment before or behind its section's head calls it, or null
     * @param endpoint host and port, the host perhaps a name; null for a peer that calls first
     * @param keepaliveSeconds 0 for none
     * @param presharedKey or null; no text of this record shows it
     */
    public record Peer(
            @Nullable String name,
            PublicKey key,
            List<Prefix> allowedIps,
            @Nullable String endpoint,
            int keepaliveSeconds,
            @Nullable PresharedKey presharedKey) {
        public Peer {
            allowedIps = List.copyOf(allowedIps);
        }
    }

    public WgQuick {
        addresses = List.copyOf(addresses);
        unused = List.copyOf(unused);
        peers = List.copyOf(peers);
    }

    /** As a file that {@link WgQuickParser} reads; the interface's key is left to the reader, by a command of wg-quick's. */
    public String write() {
        StringBuilder out = new StringBuilder("[Interface]\n");
        addresses.forEach(address -> out.append("Address = ").append(address).append('\n'));
        if (port != 0) {
            out.append("ListenPort = ").append(port).append('\n');
        }
        out.append("# The key stays where it was made: umask 077; wg genkey > /etc/wireguard/NAME.key\n")
                .append("PostUp = wg set %i private-key /etc/wireguard/%i.key\n");
        for (Peer peer : peers) {
            out.append('\n');
            if (peer.name() != null) {
                out.append("# ").append(peer.name()).append('\n');
            }
            out.append("[Peer]\nPublicKey = ").append(peer.key()).append('\n');
            out.append("AllowedIPs = ")
                    .append(String.join(
                            ", ",
                            peer.allowedIps().stream().map(Prefix::toString).toList()))
                    .append('\n');
            if (peer.presharedKey() != null) {
                out.append("PresharedKey = ")
                        .append(peer.presharedKey().base64())
                        .append('\n');
            }
            if (peer.endpoint() != null) {
                out.append("Endpoint = ").append(peer.endpoint()).append('\n');
            }
            if (peer.keepaliveSeconds() != 0) {
                out.append("PersistentKeepalive = ")
                        .append(peer.keepaliveSeconds())
                        .append('\n');
            }
        }
        return out.toString();
    }
}
