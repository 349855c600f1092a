package io.penstock.lab.demo;

import io.penstock.ffm.netlink.Addresses;
import io.penstock.ffm.netlink.IpNetwork;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import io.penstock.ffm.netlink.Route;
import io.penstock.ffm.netlink.Routes;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.lab.demo.Topology.Site;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The namespaces of a demo with their links, addresses and routes. Both ends of a pair are born in their namespaces, so nothing
 * shows up in the machine's own. Owned by the demo's thread; closing lets go of the namespaces, removing them is the journal's.
 */
final class SiteNetworks implements AutoCloseable {
    private static final int PREFIX_LENGTH = 24;
    private static final String ANY = "0.0.0.0/0";

    private final Topology topology;
    private final Journal journal;
    private final Map<String, NetworkNamespace> namespaces = new HashMap<>();

    SiteNetworks(Topology topology, Journal journal) {
        this.topology = topology;
        this.journal = journal;
    }

    /** True if no namespace and no control socket has a name of this topology. */
    static boolean isFree(Topology topology) throws IOException {
        List<String> taken = NetworkNamespace.list();
        return Collections.disjoint(taken, topology.namespaces())
                && !taken.contains(topology.coordinatorNamespace())
                && topology.sites().stream().noneMatch(site -> Files.exists(ControlSocket.path(site.interfaceName())));
    }

    NetworkNamespace namespace(String name) {
        NetworkNamespace namespace = namespaces.get(name);
        if (namespace == null) {
            throw new IllegalStateException("no namespace " + name);
        }
        return namespace;
    }

    /** Makes everything but the tunnel, for two plain gateways. */
    void build() throws Exception {
        // The hosts' links carry what fits the tunnel, as a gateway that clamps MSS would see to.
        build(Mtu.TUNNEL);
    }

    /** Makes everything for gateways that see to the size of packets themselves, with a place for a coordinator. */
    void buildMesh() throws Exception {
        build(Mtu.AS_IT_IS);
        make(topology.coordinatorNamespace());
        NetworkNamespace internet = namespace(topology.internetNamespace());
        NetworkNamespace coordinator = namespace(topology.coordinatorNamespace());
        pair(internet, "coordinator", coordinator, "eth0");
        use(internet, "coordinator", Topology.COORDINATOR_ROUTER, Mtu.AS_IT_IS);
        use(coordinator, "eth0", Topology.COORDINATOR_ADDRESS, Mtu.AS_IT_IS);
        route(coordinator, ANY, Topology.COORDINATOR_ROUTER);
    }

    /** The internet's link to a site. */
    static String uplink(Site site) {
        return "site-" + site.letter();
    }

    private void make(String name) throws Exception {
        journal.make(Journal.Kind.NAMESPACE, name, () -> {
            NetworkNamespace namespace = NetworkNamespace.create(name);
            namespaces.put(name, namespace);
            namespace.bringLoopbackUp();
        });
    }

    private void build(Mtu lan) throws Exception {
        for (String name : topology.namespaces()) {
            make(name);
        }
        NetworkNamespace internet = namespace(topology.internetNamespace());
        internet.setSysctl("net.ipv4.ip_forward", "1");
        for (Site site : topology.sites()) {
            NetworkNamespace gateway = namespace(site.gatewayNamespace());
            NetworkNamespace host = namespace(site.hostNamespace());
            String uplink = uplink(site);
            pair(internet, uplink, gateway, "wan");
            pair(gateway, "lan", host, "eth0");
            use(internet, uplink, site.routerAddress(), Mtu.AS_IT_IS);
            use(gateway, "wan", site.publicAddress(), Mtu.AS_IT_IS);
            use(gateway, "lan", site.lanAddress(), lan);
            use(host, "eth0", site.hostAddress(), lan);
            route(gateway, ANY, site.routerAddress());
            route(host, ANY, site.lanAddress());
            gateway.setSysctl("net.ipv4.ip_forward", "1");
        }
    }

    /** Addresses the interface that a gateway's program has made, and leads the other site's network into it. */
    void connectTunnel(Site own, Site other) throws IOException {
        try (Netlink netlink = namespace(own.gatewayNamespace()).netlink()) {
            Links links = new Links(netlink);
            int index = links.index(own.interfaceName());
            links.setMtu(index, Topology.TUNNEL_MTU);
            new Addresses(netlink).add(index, IpNetwork.parse(own.tunnel()));
            links.setUp(index);
            Routes routes = new Routes(netlink);
            for (String destination : List.of(other.lan() + "/" + PREFIX_LENGTH, other.tunnel())) {
                routes.add(Route.to(IpNetwork.parse(destination)).dev(index));
            }
        }
    }

    @Override
    public void close() {
        namespaces.values().forEach(NetworkNamespace::close);
    }

    private enum Mtu {
        AS_IT_IS,
        TUNNEL
    }

    private static void pair(NetworkNamespace here, String name, NetworkNamespace there, String peer)
            throws IOException {
        try (Netlink netlink = here.netlink()) {
            new Links(netlink).createVeth(name, peer, there.fd());
        }
    }

    private static void use(NetworkNamespace namespace, String name, String address, Mtu mtu) throws IOException {
        try (Netlink netlink = namespace.netlink()) {
            Links links = new Links(netlink);
            int index = links.index(name);
            if (mtu == Mtu.TUNNEL) {
                links.setMtu(index, Topology.TUNNEL_MTU);
            }
            new Addresses(netlink).add(index, IpNetwork.parse(address + "/" + PREFIX_LENGTH));
            links.setUp(index);
        }
    }

    private static void route(NetworkNamespace namespace, String destination, String gateway) throws IOException {
        try (Netlink netlink = namespace.netlink()) {
            new Routes(netlink).add(Route.to(IpNetwork.parse(destination)).via(InetAddress.ofLiteral(gateway)));
        }
    }
}
