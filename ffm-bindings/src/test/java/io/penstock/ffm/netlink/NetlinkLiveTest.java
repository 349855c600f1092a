package io.penstock.ffm.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.tun.Tun;
import io.penstock.ffm.udp.Sockets;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every request in namespaces that the test makes. Needs root.
 *
 * <pre>
 *   namespace a              namespace b
 *   va 10.9.0.1/24  -------  vb
 * </pre>
 */
@Tag("live")
class NetlinkLiveTest {
    private static final String PREFIX = "psffm" + ProcessHandle.current().pid();

    private final LibC libc = new LibC();
    private NetworkNamespace a;
    private NetworkNamespace b;
    private Netlink netlink;
    private Links links;

    @BeforeEach
    void setUp() throws Exception {
        a = NetworkNamespace.create(PREFIX + "a");
        b = NetworkNamespace.create(PREFIX + "b");
        netlink = a.netlink();
        links = new Links(netlink);
    }

    @AfterEach
    void tearDown() throws Exception {
        netlink.close();
        a.close();
        b.close();
        NetworkNamespace.delete(PREFIX + "a");
        NetworkNamespace.delete(PREFIX + "b");
    }

    @Test
    void makesAVethPairAcrossNamespaces() throws Exception {
        int va = veth();
        assertEquals("veth", find("va").kind());
        assertEquals(List.of("lo", "va"), links.list().stream().map(Link::name).toList());
        try (Netlink other = b.netlink()) {
            assertNotNull(new Links(other).find("vb"));
        }
        ErrnoException e = assertThrows(ErrnoException.class, () -> links.createVeth("va", "x"));
        assertEquals(Errno.EEXIST, e.errno());
        links.delete(va);
        assertNull(links.find("va"));
        assertNull(links.find(va));
        assertEquals(
                Errno.ENODEV,
                assertThrows(ErrnoException.class, () -> links.index("va")).errno());
    }

    @Test
    void changesALink() throws Exception {
        int va = veth();
        links.setMtu(va, 1234);
        links.setGso(va, 30_000, 20);
        links.setGro(va, 40_000);
        links.setGsoIpv4(va, 20_000);
        links.setGroIpv4(va, 20_000);
        links.rename(va, "vc");
        links.setUp(va);
        Link link = find("vc");
        assertTrue(link.isUp());
        assertEquals(1234, link.mtu());
        assertEquals(30_000, link.gsoMaxSize());
        assertEquals(20, link.gsoMaxSegs());
        links.setDown(va);
        assertFalse(find("vc").isUp());
        assertEquals(link.name(), find(va).name());
    }

    @Test
    void errorsCarryTheKernelsText() throws Exception {
        int va = veth();
        ErrnoException e = assertThrows(ErrnoException.class, () -> links.setMtu(va, 1));
        assertEquals(Errno.EINVAL, e.errno());
        assertTrue(e.toString().contains("mtu less than device minimum"), e.toString());
    }

    @Test
    void movesLinksByDescriptorAndProcess() throws Exception {
        int va = veth();
        links.moveToNamespace(va, b.fd());
        assertNull(links.find("va"));
        try (Netlink other = b.netlink()) {
            Links there = new Links(other);
            there.moveToNamespace(there.index("va"), a.fd());
            assertNotNull(links.find("va"));
        }
        Tun tun = a.call(() -> Tun.open("pst%d", 0));
        try (tun) {
            links.moveToProcess(links.index(tun.name()), libc.getpid());
            assertEquals(
                    1,
                    links.list().stream()
                            .filter(link -> link.name().startsWith("v"))
                            .count());
            assertNull(links.find(tun.name()));
        }
    }

    @Test
    void plugsLinksIntoABridge() throws Exception {
        int va = veth();
        links.createBridge("br");
        links.setMaster(va, links.index("br"));
        links.setMaster(va, 0);
        assertEquals("bridge", find("br").kind());
    }

    @Test
    void makesDummyLinksWhereTheKernelHasThem() throws Exception {
        try {
            links.createDummy("d0");
            assertEquals("dummy", find("d0").kind());
        } catch (ErrnoException e) {
            assertEquals(Errno.EOPNOTSUPP, e.errno());
        }
    }

    @Test
    void keepsAddresses() throws Exception {
        int va = veth();
        Addresses addresses = new Addresses(netlink);
        addresses.add(va, IpNetwork.parse("10.9.0.1/24"));
        addresses.addWithoutDetection(va, IpNetwork.parse("fd09::1/64"));
        List<Address> listed = addresses.list(va);
        assertEquals(
                List.of("10.9.0.1/24", "fd09:0:0:0:0:0:0:1/64"),
                listed.stream().map(address -> address.network().toString()).toList());
        assertEquals(Rtnetlink.IFA_F_NODAD, listed.get(1).flags() & Rtnetlink.IFA_F_NODAD);
        ErrnoException e = assertThrows(ErrnoException.class, () -> addresses.add(va, IpNetwork.parse("10.9.0.1/24")));
        assertEquals(Errno.EEXIST, e.errno());
        addresses.remove(va, IpNetwork.parse("10.9.0.1/24"));
        addresses.remove(va, IpNetwork.parse("fd09::1/64"));
        assertEquals(List.of(), addresses.list(va));
        e = assertThrows(ErrnoException.class, () -> addresses.remove(va, IpNetwork.parse("10.9.0.1/24")));
        assertEquals(Errno.EADDRNOTAVAIL, e.errno());
    }

    @Test
    void keepsRoutes() throws Exception {
        int va = upWithAddress();
        Routes routes = new Routes(netlink);
        Route onLink =
                Route.to(IpNetwork.parse("10.20.0.0/16")).dev(va).table(1000).metric(5);
        Route gateway = Route.to(IpNetwork.all4())
                .via(InetAddress.ofLiteral("10.9.0.2"))
                .mtu(1300)
                .table(1000)
                .source(InetAddress.ofLiteral("10.9.0.1"));
        Route v6 = Route.to(IpNetwork.parse("fd20::/16")).dev(va).table(1000);
        routes.add(onLink);
        routes.add(gateway);
        routes.add(v6);
        assertEquals(
                Errno.EEXIST,
                assertThrows(ErrnoException.class, () -> routes.add(onLink)).errno());
        routes.replace(onLink.mtu(1200));

        List<Route> listed = routes.list(1000);
        assertTrue(listed.contains(onLink.mtu(1200).scope(Rtnetlink.RT_SCOPE_LINK)), listed.toString());
        assertTrue(listed.contains(gateway.dev(va).scope(0)), listed.toString());
        assertTrue(listed.stream().anyMatch(route -> route.destination().equals(v6.destination())));
        assertTrue(routes.list(Rtnetlink.RT_TABLE_MAIN).stream()
                .anyMatch(route -> route.destination().equals(IpNetwork.parse("10.9.0.0/24"))));

        routes.remove(onLink);
        routes.remove(Route.to(IpNetwork.all4()).table(1000));
        routes.remove(v6);
        assertEquals(List.of(), routes.list(1000));
        assertEquals(
                Errno.ESRCH,
                assertThrows(ErrnoException.class, () -> routes.remove(onLink)).errno());
        routes.add(Route.to(IpNetwork.parse("10.66.0.0/16"))
                .type(Rtnetlink.RTN_BLACKHOLE)
                .table(1000));
        assertEquals(Rtnetlink.RTN_BLACKHOLE, routes.list(1000).getFirst().type());
    }

    @Test
    void findsTheInterfaceOfARoute() throws Exception {
        int va = upWithAddress();
        Routes routes = new Routes(netlink);
        InetAddress near = InetAddress.getByName("10.9.0.7");
        InetAddress own = InetAddress.getByName("10.9.0.1");
        assertEquals(va, routes.interfaceTo(near, own, 0));
        assertEquals(va, routes.interfaceTo(near, own, 9), "no rule asks for a mark");
        assertEquals(0, routes.interfaceTo(near, InetAddress.getByName("10.9.0.2"), 0), "not an address of this host");
        assertEquals(0, routes.interfaceTo(InetAddress.getByName("192.0.2.1"), own, 0), "no route");
        routes.add(Route.to(IpNetwork.parse("10.9.0.7/32")).type(Rtnetlink.RTN_UNREACHABLE));
        assertEquals(0, routes.interfaceTo(near, own, 0), "a route that says so");
    }

    @Test
    void tellsThatRoutesOrRulesHaveChanged() throws Exception {
        int va = upWithAddress();
        try (RouteMonitor monitor = a.call(RouteMonitor::open)) {
            assertFalse(monitor.drain());
            Routes routes = new Routes(netlink);
            for (int i = 0; i < 200; i++) {
                routes.add(Route.to(IpNetwork.parse("10.10." + i + ".0/24")).dev(va));
            }
            assertTrue(monitor.drain(), "some of it");
            while (monitor.drain()) {
                // the rest
            }
            new Rules(netlink).add(Rule.v6(7).priority(100));
            assertTrue(monitor.drain());
            assertFalse(monitor.drain());
        }
    }

    @Test
    void tellsThatTheNetworkHasChanged() throws Exception {
        int va = upWithAddress();
        try (NetworkMonitor monitor = a.call(NetworkMonitor::open)) {
            takeAll(monitor);
            assertFalse(monitor.await(20), "all is quiet");
            new Addresses(netlink).add(va, IpNetwork.parse("10.9.1.1/24"));
            assertTrue(monitor.await(1000), "an address, and its route");
            takeAll(monitor);
            new Rules(netlink).add(Rule.v4(7).priority(100));
            assertTrue(monitor.await(1000), "a rule");
            takeAll(monitor);
            nft("add table inet monitored");
            assertTrue(monitor.await(1000), "a table of nftables");
            takeAll(monitor);
            nft("delete table inet monitored");
            assertTrue(monitor.await(1000), "its end");
            takeAll(monitor);

            Routes routes = new Routes(netlink);
            for (int i = 0; i < 4000; i++) { // more than the kernel keeps for who does not read
                routes.add(Route.to(IpNetwork.parse("10." + (20 + i / 250) + '.' + i % 250 + ".0/24"))
                        .dev(va));
            }
            assertTrue(monitor.await(1000));
            takeAll(monitor);
            routes.add(Route.to(IpNetwork.parse("10.99.0.0/24")).dev(va));
            assertTrue(monitor.await(1000), "it hears on after an overrun");
            takeAll(monitor);

            Thread.ofVirtual().start(monitor::wake);
            assertFalse(monitor.await(-1), "woken");
        }
    }

    private static void takeAll(NetworkMonitor monitor) throws ErrnoException {
        while (monitor.await(100)) {
            // until it is quiet
        }
    }

    private void nft(String command) throws Exception {
        Process nft = new ProcessBuilder("ip", "netns", "exec", PREFIX + "a", "nft", command)
                .inheritIO()
                .start();
        assertEquals(0, nft.waitFor());
    }

    @Test
    void keepsRules() throws Exception {
        Rules rules = new Rules(netlink);
        for (int family : new int[] {Sockets.AF_INET, Sockets.AF_INET6}) {
            boolean isV6 = family == Sockets.AF_INET6;
            Rule main = isV6 ? Rule.v6(Rtnetlink.RT_TABLE_MAIN) : Rule.v4(Rtnetlink.RT_TABLE_MAIN);
            Rule ours = isV6 ? Rule.v6(51820) : Rule.v4(51820);
            Rule marked = ours.mark(0xca6c).inverted().priority(100);
            Rule suppressed = main.suppressPrefixLength(0).priority(99);
            rules.add(marked);
            rules.add(suppressed);
            List<Rule> listed = rules.list(family);
            assertTrue(listed.indexOf(suppressed) >= 0, listed.toString());
            assertTrue(listed.indexOf(marked) > listed.indexOf(suppressed), listed.toString());
            assertEquals(
                    Errno.EEXIST,
                    assertThrows(ErrnoException.class, () -> rules.add(marked)).errno());
            rules.remove(marked);
            rules.remove(suppressed);
            assertEquals(
                    Errno.ENOENT,
                    assertThrows(ErrnoException.class, () -> rules.remove(marked))
                            .errno());
        }
    }

    @Test
    void watchesLinks() throws Exception {
        try (LinkMonitor monitor = a.call(LinkMonitor::open)) {
            assertEquals(List.of(), monitor.drain());
            int va = veth();
            assertTrue(drain(monitor).stream().anyMatch(event -> isChanged(event, "va")));
            links.setMtu(va, 1400);
            links.setUp(va);
            List<LinkEvent> events = drain(monitor);
            assertTrue(
                    events.stream()
                            .anyMatch(event ->
                                    event instanceof LinkEvent.Changed(Link link) && link.mtu() == 1400 && link.isUp()),
                    events.toString());
            links.moveToNamespace(va, b.fd());
            assertTrue(drain(monitor).stream()
                    .anyMatch(event ->
                            event instanceof LinkEvent.Moved moved && moved.index() == va && moved.newIndex() > 0));
            links.createBridge("br");
            int bridge = links.index("br");
            links.delete(bridge);
            assertTrue(drain(monitor).contains(new LinkEvent.Deleted(bridge, "br")));
        }
    }

    @Test
    void listsWhileOthersChange() throws Exception {
        for (int i = 0; i < 60; i++) {
            links.createVeth("x" + i, "y" + i);
        }
        Thread changer = Thread.ofPlatform().start(() -> {
            try (Netlink own = a.netlink()) {
                Links other = new Links(own);
                for (int i = 0; i < 60; i++) {
                    other.delete(other.index("x" + i));
                }
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        });
        while (changer.isAlive()) {
            int size = links.list().size();
            assertTrue(size % 2 == 1, "half a pair in " + size); // lo and whole pairs
        }
        changer.join();
        assertEquals(1, links.list().size());
    }

    @Test
    void tellsTheNamespaceOfAMovedTun() throws Exception {
        try (Tun tun = a.call(() -> Tun.open("pst%d", 0))) {
            links.moveToNamespace(links.index(tun.name()), b.fd());
            try (NetworkNamespace there = NetworkNamespace.adopt(tun.deviceNamespace());
                    Netlink own = there.netlink()) {
                assertNotNull(new Links(own).find(tun.name()));
            }
        }
    }

    private int veth() throws ErrnoException {
        links.createVeth("va", "vb", b.fd());
        return links.index("va");
    }

    private int upWithAddress() throws ErrnoException {
        int va = veth();
        links.setUp(va);
        new Addresses(netlink).add(va, IpNetwork.parse("10.9.0.1/24"));
        return va;
    }

    private Link find(String name) throws ErrnoException {
        Link link = links.find(name);
        assertNotNull(link);
        return link;
    }

    private Link find(int index) throws ErrnoException {
        Link link = links.find(index);
        assertNotNull(link);
        return link;
    }

    private List<LinkEvent> drain(LinkMonitor monitor) throws ErrnoException {
        long pollFd = Memory.slab(Memory.PAGE_LENGTH);
        PollFd.set(pollFd, monitor.fd(), PollFd.POLLIN);
        assertEquals(1, libc.poll(pollFd, 1, 5000));
        return monitor.drain();
    }

    private static boolean isChanged(LinkEvent event, String name) {
        return event instanceof LinkEvent.Changed(Link link) && link.name().equals(name);
    }
}
