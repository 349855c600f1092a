package io.penstock.node.daemon;

import io.penstock.node.path.LocalAddresses;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Where a coordinator is, so that it is never looked for inside of the tunnel. Asks the resolver on a thread of its own. */
final class Bypass {
    private static final System.Logger LOG = System.getLogger(Bypass.class.getName());

    private Bypass() {}

    /** Resolves the host of a URL; nothing is told if that cannot be done. */
    static void resolve(String url, Consumer<List<Prefix>> found) {
        Thread.ofVirtual().name("bypass").start(() -> {
            String host = String.valueOf(URI.create(url).getHost()).replaceAll("[\\[\\]]", "");
            try {
                List<Prefix> hosts = new ArrayList<>();
                for (InetAddress address : InetAddress.getAllByName(host)) {
                    if (isRouted(address)) {
                        hosts.add(prefix(LocalAddresses.of(address)));
                    }
                }
                found.accept(List.copyOf(hosts));
            } catch (UnknownHostException e) {
                LOG.log(Level.DEBUG, "the coordinator's host has no address at the moment: {0}", e.getMessage());
            }
        });
    }

    /** These hosts, those left out that no route could lead into a tunnel. */
    static List<Prefix> hosts(List<Endpoint> endpoints) {
        return endpoints.stream()
                .filter(endpoint -> endpoint.isV6()
                        ? endpoint.high() >>> 54 != 0xfe80 >>> 6 && (endpoint.high() != 0 || endpoint.low() != 1)
                        : endpoint.low() >>> 24 != 127)
                .map(Bypass::prefix)
                .toList();
    }

    private static boolean isRouted(InetAddress address) {
        return !address.isLoopbackAddress() && !address.isLinkLocalAddress();
    }

    private static Prefix prefix(Endpoint endpoint) {
        return endpoint.isV6() ? Prefix.v6(endpoint.high(), endpoint.low(), 128) : Prefix.v4((int) endpoint.low(), 32);
    }
}
