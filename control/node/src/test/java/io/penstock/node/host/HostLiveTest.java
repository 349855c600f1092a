package io.penstock.node.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway's host in a namespace of the test. Needs root, nft, ip, ethtool and sysctl.
 *
 * <pre>
 *   lan 10.1.0.1/24 (veth)      wan 198.51.100.2/24 (veth), default via .1      mesh (TUN)
 * </pre>
 */
@Tag("live")
class HostLiveTest {
    private static final String NAME = "pshost" + ProcessHandle.current().pid();

    @TempDir
    private Path state;

    private NetworkNamespace namespace;
    private HostSnapshot withoutTunnel;
    private Tun tun;

    @BeforeEach
    void setUp() throws Exception {
        namespace = NetworkNamespace.create(NAME);
        namespace.bringLoopbackUp();
        try (Netlink netlink = namespace.netlink()) {
            Links links = new Links(netlink);
            links.createVeth("lan", "lanx");
            links.createVeth("wan", "wanx");
            for (String name : List.of("lan", "lanx", "wan", "wanx")) {
                links.setUp(links.index(name));
            }
            Addresses addresses = new Addresses(netlink);
            addresses.add(links.index("lan"), IpNetwork.parse("10.1.0.1/24"));
            addresses.addWithoutDetection(links.index("lan"), IpNetwork.parse("fd01::1/64"));
            addresses.add(links.index("wan"), IpNetwork.parse("198.51.100.2/24"));
            new Routes(netlink)
                    .add(Route.to(IpNetwork.all4())
                            .via(IpNetwork.parse("198.51.100.1").address()));
        }
        awaitSettled();
        withoutTunnel = snapshot();
        openTunnel();
    }

    private void openTunnel() throws Exception {
        tun = namespace.call(() -> Tun.open("mesh", 0));
        // What a link keeps from the first time it is up (queue, way of making addresses) goes with it, not with undo.
        try (Netlink netlink = namespace.netlink()) {
            Links links = new Links(netlink);
            links.setUp(links.index("mesh"));
            links.setDown(links.index("mesh"));
        }
    }

    @AfterEach
    void tearDown() throws Exception {
        tun.close();
        namespace.close();
        NetworkNamespace.delete(NAME);
    }

    @Test
    void appliesChangesAndUndoesToTheLastLine() throws Exception {
        HostSnapshot before = snapshot();
        List<HostSettings> settings = List.of(
                plain().build(),
                plain().routes(prefixes("100.64.0.2/32", "10.0.0.0/8", "fd02::/48"))
                        .build(),
                gateway().build(),
                gateway().routes(prefixes("100.64.0.2/32", "0.0.0.0/0")).build(),
                gateway().snat(true).mtuBytes(1380).build(),
                gateway()
                        .advertised(prefixes("0.0.0.0/0", "::/0", "10.1.0.0/24"))
                        .build(),
                plain().addresses(prefixes("100.64.0.9/32")).build());
        for (int round = 0; round < 2; round++) {
            for (HostSettings wanted : settings) {
                HostPlan plan = host(host -> {
                    List<String> announced = host.plan(wanted).lines();
                    HostPlan done = host.apply(wanted);
                    assertEquals(announced, done.lines());
                    assertEquals(List.of(), host.plan(wanted).changes(), "once is enough");
                    return done;
                });
                assertFalse(plan.changes().isEmpty());
            }
            assertTrue(Files.exists(state.resolve("host.journal")));
            host(Host::undo);
            snapshot().assertSame(before, "after undo");
            assertEquals(List.of(), host(Host::undo).changes());
            assertFalse(Files.exists(state.resolve("host.journal")));
        }
        tun.close();
        snapshot().assertSame(withoutTunnel, "without the tunnel");
    }

    private HostSettings.Builder plain() {
        return HostSettings.builder("mesh").addresses(prefixes("100.64.0.1/32", "fd7a::1/128"));
    }

    private HostSettings.Builder gateway() {
        return plain().routes(prefixes("100.64.0.2/32", "fd7a::2/128", "10.0.0.0/8", "fd02::/48"))
                .advertised(prefixes("10.1.0.0/24", "fd01::/64"))
                .bypass(prefixes("203.0.113.7/32", "10.9.9.9/32"))
                .listenPorts(List.of(41641));
    }

    private HostSnapshot snapshot() throws IOException, InterruptedException {
        return HostSnapshot.take(NAME, "wan", "lan");
    }

    /** IPv6 addresses of new links are tried for a second. */
    private void awaitSettled() throws IOException, InterruptedException {
        for (int i = 0; i < 100; i++) {
            if (!HostSnapshot.run(NAME, "ip", "-o", "address").contains("tentative")) {
                return;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("addresses stay tentative");
    }

    private interface Use<T> {
        T with(Host host) throws Exception;
    }

    /** A new host for each use: nothing is remembered but the journal. */
    private <T> T host(Use<T> use) throws Exception {
        Callable<T> task = () -> {
            try (Host host = Host.open(state)) {
                return use.with(host);
            }
        };
        return namespace.call(task);
    }

    private static List<Prefix> prefixes(String... texts) {
        return Stream.of(texts).map(Prefix::parse).toList();
    }
}
