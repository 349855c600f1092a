package io.penstock.node.host;

import io.penstock.node.host.HostItem.Forwarding;
import io.penstock.node.host.HostItem.Nft;
import io.penstock.node.host.HostItem.Offload;
import io.penstock.node.host.HostItem.Route;
import io.penstock.node.host.HostItem.Rule;
import io.penstock.node.host.HostItem.Sysctl;
import io.penstock.node.route.Connected;
import io.penstock.node.route.Networks;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A host that is a table of values. */
final class ModelHost implements HostAccess {
    /** What a killed process is: nothing of it runs any more. */
    static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    final Map<HostItem, String> values = new HashMap<>();
    boolean hasLink = true;
    boolean hasIpv6 = true;
    boolean hostHasIpv6 = true;
    boolean hasNft = true;
    List<Connected> connected = List.of(new Connected(Prefix.parse("10.1.0.0/24"), "lan"));
    List<String> strictUplinks = List.of();
    List<String> dropping = List.of();
    String boot = "boot 1";

    /** Changes until the process is killed. */
    int changesLeft = Integer.MAX_VALUE;

    ModelHost() {
        openTunnel();
        values.put(Sysctl.of(false, "default", "rp_filter"), "0");
        values.put(new Forwarding(false), "0 accept_redirects=1");
        values.put(new Forwarding(true), "0 wan=1");
        values.put(Sysctl.of(true, "lan", "accept_ra"), "1");
        values.put(Sysctl.of(false, "wan", "src_valid_mark"), "0");
        values.put(new Offload("wan", "rx-gro-list"), "on");
        values.put(new Offload("wan", "rx-udp-gro-forwarding"), "off");
    }

    void openTunnel() {
        hasLink = true;
        values.put(new HostItem.Mtu("mesh"), "1500");
        values.put(new HostItem.Up("mesh"), "down");
        values.put(Sysctl.of(false, "mesh", "rp_filter"), "0");
    }

    /** The interface goes with its process, and all that hangs on it. */
    void closeTunnel() {
        hasLink = false;
        values.entrySet().removeIf(entry -> switch (entry.getKey()) {
            case HostItem.Mtu mtu -> true;
            case HostItem.Up up -> true;
            case HostItem.Address address -> true;
            case Route route -> entry.getValue().startsWith("dev ");
            case Sysctl(String key) -> key.contains(".mesh.");
            case Rule rule -> false;
            case Nft nft -> false;
            case Forwarding forwarding -> false;
            case Offload offload -> false;
        });
    }

    @Override
    public HostView view() {
        return new HostView() {
            @Override
            public String read(HostItem item) throws IOException {
                if (unreadable.contains(item)) {
                    throw new IOException("Input/output error");
                }
                if (item instanceof Nft && !hasNft) {
                    throw new IOException("there is no nft");
                }
                return values.getOrDefault(item, HostItem.ABSENT);
            }

            @Override
            public Networks networks(String own) {
                return new Networks(connected, List.of(), List.of());
            }

            @Override
            public Facts facts(HostSettings settings) {
                List<HostItem> leftovers = values.keySet().stream()
                        .filter(item -> item instanceof Nft || item instanceof Route || item instanceof Rule)
                        .toList();
                return new Facts(
                        hasLink,
                        hasIpv6,
                        hostHasIpv6,
                        connected,
                        List.of("wan"),
                        strictUplinks,
                        values.getOrDefault(new Forwarding(true), "").startsWith("1"),
                        "1".equals(values.get(Sysctl.of(true, "lan", "accept_ra"))) ? List.of("lan") : List.of(),
                        leftovers,
                        hasNft,
                        hasNft && unreadable.contains(new Nft()) ? "Input/output error" : "",
                        dropping);
            }
        };
    }

    /** What the kernel does not let us change, and what cannot be read. */
    final Set<HostItem> refused = new HashSet<>();

    final Set<HostItem> unreadable = new HashSet<>();

    @Override
    public void make(HostChange change) throws IOException {
        if (changesLeft-- <= 0) {
            throw new Killed();
        }
        if (refused.contains(change.item())) {
            throw new IOException("Operation not permitted");
        }
        String actual = values.getOrDefault(change.item(), HostItem.ABSENT);
        if (!actual.equals(change.from())) {
            throw new AssertionError(change + " but it is " + actual);
        }
        if (change.to().equals(HostItem.ABSENT)) {
            values.remove(change.item());
        } else {
            values.put(change.item(), change.to());
        }
    }

    @Override
    public String lifetime() {
        return boot;
    }

    @Override
    public void close() {}
}
