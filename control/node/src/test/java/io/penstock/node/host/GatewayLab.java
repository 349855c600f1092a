package io.penstock.node.host;

import io.penstock.ffm.netlink.Addresses;
import io.penstock.ffm.netlink.IpNetwork;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import io.penstock.ffm.netlink.Route;
import io.penstock.ffm.netlink.Routes;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.ffm.tun.Tun;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * A site in three namespaces of the test: a gateway, a host on its LAN, and the network outside.
 *
 * <pre>
 *   site: eth0 10.1.0.2/24, fd01::2/64 ---- lan 10.1.0.1/24, fd01::1/64 :gateway: wan 198.51.100.2/24 ---- eth0 198.51.100.1/24 :net
 *                                                                        mesh (TUN)                        203.0.113.9/32
 * </pre>
 *
 * The gateway's switches are set as somebody may have them who forwards a little by himself, so that undo has something to get right.
 */
final class GatewayLab implements AutoCloseable {
    private static final String PREFIX =
            "psh" + Long.toString(ProcessHandle.current().pid(), 36);

    final String gatewayName = PREFIX + "g";
    final String siteName = PREFIX + "s";
    final String netName = PREFIX + "n";
    final NetworkNamespace gateway;
    final NetworkNamespace site;
    final NetworkNamespace net;
    final Path state;
    private final HostSnapshot withoutTunnel;

    interface Use<T> {
        T with(Host host) throws Exception;
    }

    GatewayLab(Path state) throws Exception {
        this.state = state;
        gateway = create(gatewayName);
        site = create(siteName);
        net = create(netName);
        gateway.setSysctl("net.ipv6.conf.default.accept_dad", "0"); // addresses can be used at once
        try (Netlink netlink = gateway.netlink()) {
            Links links = new Links(netlink);
            links.createVeth("lan", "eth0", site.fd());
            links.createVeth("wan", "eth0", net.fd());
        }
        use(gateway, "lan", "10.1.0.1/24", "fd01::1/64");
        use(gateway, "wan", "198.51.100.2/24", "2001:db8::2/64");
        use(site, "eth0", "10.1.0.2/24", "fd01::2/64");
        use(net, "eth0", "198.51.100.1/24", "2001:db8::1/64", "203.0.113.9/32");
        route(gateway, "0.0.0.0/0", "198.51.100.1");
        route(gateway, "::/0", "2001:db8::1");
        route(site, "0.0.0.0/0", "10.1.0.1");
        net.setSysctl("net.ipv4.conf.all.arp_announce", "2"); // asks for the gateway as a router on its link would
        gateway.setSysctl("net.ipv4.conf.all.accept_redirects", "0");
        gateway.setSysctl("net.ipv4.conf.wan.forwarding", "1");
        gateway.setSysctl("net.ipv6.conf.lan.forwarding", "1");
        gateway.setSysctl("net.ipv6.conf.default.forwarding", "1");
        withoutTunnel = settled();
    }

    /** A TUN device that has been up once: what a link keeps from that (its queue, its way of making addresses) is not ours to undo. */
    Tun openTunnel() throws Exception {
        Tun tun = gateway.call(() -> Tun.open("mesh", 0));
        try (Netlink netlink = gateway.netlink()) {
            Links links = new Links(netlink);
            links.setUp(links.index("mesh"));
            links.setDown(links.index("mesh"));
        }
        return tun;
    }

    /** Runs with a new host in the gateway: nothing is remembered but the journal. */
    <T> T host(Use<T> use) throws Exception {
        Callable<T> task = () -> {
            try (Host host = Host.open(state)) {
                return use.with(host);
            }
        };
        return gateway.call(task);
    }

    HostSnapshot snapshot() throws IOException, InterruptedException {
        return HostSnapshot.take(gatewayName, "wan", "lan");
    }

    /** Compares with what was there before the first tunnel. */
    void assertAsBefore(String what) throws IOException, InterruptedException {
        snapshot().assertSame(withoutTunnel, what);
    }

    String run(String... command) throws IOException, InterruptedException {
        return HostSnapshot.run(gatewayName, command);
    }

    static HostSettings.Builder plain() {
        return HostSettings.builder("mesh").addresses(prefixes("100.64.0.1/32", "fd7a::1/128"));
    }

    static HostSettings.Builder gateway() {
        return plain().routes(prefixes("100.64.0.2/32", "fd7a::2/128", "10.0.0.0/8", "fd02::/48"))
                .advertised(prefixes("10.1.0.0/24", "fd01::/64"))
                .bypass(prefixes("203.0.113.7/32", "10.9.9.9/32"))
                .listenPorts(List.of(41641));
    }

    static HostSettings.Builder exit() {
        return gateway().routes(prefixes("100.64.0.2/32", "fd7a::2/128", "10.0.0.0/8", "0.0.0.0/0"));
    }

    static List<Prefix> prefixes(String... texts) {
        return Stream.of(texts).map(Prefix::parse).toList();
    }

    private static NetworkNamespace create(String name) throws IOException {
        if (NetworkNamespace.list().contains(name)) { // of an earlier process with our number that was killed
            NetworkNamespace.delete(name);
        }
        NetworkNamespace namespace = NetworkNamespace.create(name);
        namespace.bringLoopbackUp();
        return namespace;
    }

    private static void use(NetworkNamespace namespace, String link, String... networks) throws IOException {
        try (Netlink netlink = namespace.netlink()) {
            Links links = new Links(netlink);
            int index = links.index(link);
            links.setUp(index);
            for (String network : networks) {
                new Addresses(netlink).addWithoutDetection(index, IpNetwork.parse(network));
            }
        }
    }

    private static void route(NetworkNamespace namespace, String destination, String router) throws IOException {
        try (Netlink netlink = namespace.netlink()) {
            new Routes(netlink)
                    .add(Route.to(IpNetwork.parse(destination))
                            .via(IpNetwork.parse(router).address()));
        }
    }

    /** New links make their link-local addresses when both ends are up, and routes with them. */
    private HostSnapshot settled() throws IOException, InterruptedException {
        for (int i = 0; i < 100; i++) {
            HostSnapshot snapshot = snapshot();
            boolean hasAll = snapshot.count("local fe80::") == 2 && snapshot.contains("anycast fe80:: dev lan");
            Thread.sleep(100);
            if (hasAll && snapshot.isSame(snapshot())) {
                return snapshot;
            }
        }
        throw new AssertionError("the gateway's links do not come to rest");
    }

    @Override
    public void close() throws IOException {
        for (NetworkNamespace namespace : List.of(gateway, site, net)) {
            namespace.close();
        }
        for (String name : List.of(gatewayName, siteName, netName)) {
            NetworkNamespace.delete(name);
        }
    }
}
