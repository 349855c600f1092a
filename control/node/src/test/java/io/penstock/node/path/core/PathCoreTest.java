package io.penstock.node.path.core;

import static io.penstock.node.path.core.World.MS;
import static io.penstock.node.path.core.World.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.coordination.Seeded;
import io.penstock.node.portmap.core.PortMapKind;
import io.penstock.node.portmap.core.PortMapView;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.MapRequest;
import io.penstock.wireguard.Endpoint;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whole nodes find paths to each other in virtual time. */
class PathCoreTest {
    private final World world = new World();

    @Test
    void reportsWhereItIsAndItsNearestRelay() {
        World.Host a = world.add("10.0.0.1", "203.0.113.1", PathSettings.DEFAULT);
        world.bootAll();
        assertEquals(List.of(a.outside, a.inside), a.told().endpoints());
        assertEquals(
                List.of(MapRequest.ENDPOINT_STUN, MapRequest.ENDPOINT_LOCAL),
                a.told().endpointTypes());
        assertEquals(World.REGION, a.told().netInfo().preferredDerp());
        assertEquals(false, a.told().netInfo().mappingVariesByDestIp());
        assertEquals(true, a.told().netInfo().workingUdp());
        assertEquals(0.020, a.told().netInfo().derpLatency().getOrDefault("900-v4", 0.0), 0.001);
        assertEquals(World.REGION, a.home);
    }

    @Test
    void aNodeWithAnotherKeyIsWhereItWas() {
        World.Host a = world.add("10.0.0.1", "203.0.113.1", PathSettings.DEFAULT);
        World.Host b = world.add("10.0.0.1", "203.0.113.2", PathSettings.DEFAULT);
        world.bootAll();
        world.talk(a, b, 3 * SECOND);
        assertTrue(a.isDirect(b));
        byte[] bytes = new byte[32];
        new Seeded(77).fill(bytes);
        int uses = a.uses.size();
        NodeKey successor = NodeKey.of(bytes);

        a.core.onMap(
                Maps.map(a.node(), List.of(b.node().toBuilder().key(successor).build()), World.relays()), world.nowNs);
        world.drain(a);
        assertNull(a.core.view(b.key, world.nowNs));
        PathView view = a.core.view(successor, world.nowNs);
        assertNotNull(view);
        assertEquals(a.path(b), view.endpoint());
        assertEquals(uses, a.uses.size(), "nothing moves");
        assertEquals(successor, a.core.relayedPeer(a.core.relayId(successor)));
    }

    @Test
    void reportsThePortThatTheRouterLeadsToItFirst() {
        World.Host a = world.add("10.0.0.1", "203.0.113.1", PathSettings.DEFAULT);
        world.bootAll();
        assertFalse(a.told().netInfo().havePortMap());
        assertNull(a.told().netInfo().upnp(), "it did not ask");

        Endpoint external = Endpoint.parse("203.0.113.1:7777");
        a.core.onPortMap(new PortMapView(false, Set.of(PortMapKind.NAT_PMP), PortMapKind.NAT_PMP, external, Map.of()));
        world.drain(a);
        assertEquals(List.of(external, a.outside, a.inside), a.told().endpoints());
        assertEquals(
                List.of(MapRequest.ENDPOINT_PORT_MAPPED, MapRequest.ENDPOINT_STUN, MapRequest.ENDPOINT_LOCAL),
                a.told().endpointTypes());
        assertTrue(a.told().netInfo().havePortMap());
        assertEquals(true, a.told().netInfo().pmp());
        assertEquals(false, a.told().netInfo().upnp());

        a.core.onPortMap(PortMapView.NOTHING);
        world.drain(a);
        assertEquals(List.of(a.outside, a.inside), a.told().endpoints());
    }

    @Test
    void sendsNothingToPeersWhileThereIsNoTraffic() {
        World.Host a = world.add("198.51.100.11");
        World.Host b = world.add("198.51.100.12");
        world.bootAll();
        long before = world.datagrams + world.relayed;
        world.run(600 * SECOND);
        assertEquals(before, world.datagrams + world.relayed);
        assertTrue(a.isRelayed(b), "the first packet has a way");
    }

    @Test
    void findsADirectPathInOneRoundTrip() {
        World.Host a = world.add("198.51.100.11");
        World.Host b = world.add("198.51.100.12");
        world.bootAll();
        a.core.onTraffic(b.key, true, true, world.nowNs);
        world.drain(a);
        world.run(11 * MS);
        assertEquals(b.inside, a.path(b));
        assertTrue(b.isRelayed(a), "it has nothing to send");
        world.talk(a, b, 120 * SECOND);
        assertEquals(b.inside, a.path(b));
        assertEquals(a.inside, b.path(a));
        assertEquals(2, a.uses.size(), () -> "the relay, then the direct path, and no change after it: " + a.uses);
        PathView view = a.core.view(b.key, world.nowNs);
        assertNotNull(view);
        assertEquals(PathView.Kind.DIRECT, view.kind());
        assertEquals(10 * MS, view.roundTripNs());
    }

    @Test
    void opensFirewallsOnBothSidesByACall() {
        World.Host a = world.add("10.0.1.1", "203.0.113.1", PathSettings.DEFAULT);
        World.Host b = world.add("10.0.2.1", "203.0.113.2", PathSettings.DEFAULT);
        world.bootAll();
        a.core.onTraffic(b.key, true, true, world.nowNs);
        world.drain(a);
        world.run(SECOND);
        assertEquals(b.outside, a.path(b), "though b has sent nothing of its own accord");
    }

    @Test
    void prefersTheNeighboursOwnAddress() {
        World.Host a = world.add("192.168.1.1", "203.0.113.1", PathSettings.DEFAULT);
        World.Host b = world.add("192.168.1.2", "203.0.113.1", PathSettings.DEFAULT);
        world.bootAll();
        world.talk(a, b, 10 * SECOND);
        assertEquals(b.inside, a.path(b));
        assertEquals(a.inside, b.path(a));
    }

    @Test
    void staysWithTheRelayWhereNothingGetsThrough() {
        World.Host a = world.add("198.51.100.11");
        World.Host b = world.add("198.51.100.12");
        world.block(a, b);
        world.block(b, a);
        world.bootAll();
        long before = world.datagrams;
        world.talk(a, b, 60 * SECOND);
        assertTrue(a.isRelayed(b));
        assertTrue(b.isRelayed(a));
        assertEquals(1, a.uses.size(), a.uses::toString);
        long perSecond = (world.datagrams - before) / 60;
        assertTrue(perSecond <= 2, () -> perSecond + " datagrams a second for nothing");
    }

    @Test
    void staysWithTheRelayWhereOneWayIsBlocked() {
        World.Host a = world.add("198.51.100.11");
        World.Host b = world.add("198.51.100.12");
        world.block(a, b);
        world.bootAll();
        world.talk(a, b, 60 * SECOND);
        assertTrue(a.isRelayed(b));
        assertTrue(b.isRelayed(a));
    }

    @Test
    void isBackAtTheRelayWithinTheTrustTimeAndBackAgainSoon() {
        World.Host a = world.add("198.51.100.11");
        World.Host b = world.add("198.51.100.12");
        world.bootAll();
        world.talk(a, b, 30 * SECOND);
        assertTrue(a.isDirect(b));
        world.block(a, b);
        world.block(b, a);
        world.talk(a, b, PeerPath.TRUST_NS);
        assertTrue(a.isRelayed(b));
        assertTrue(b.isRelayed(a));
        world.talk(a, b, 60 * SECOND);
        world.unblock(a, b);
        world.unblock(b, a);
        world.talk(a, b, 7 * SECOND);
        assertTrue(a.isDirect(b));
        assertTrue(b.isDirect(a));
    }

    @Test
    void restsWithoutTrafficAndIsDirectAgainRightAfterIt() {
        World.Host a = world.add("198.51.100.11");
        World.Host b = world.add("198.51.100.12");
        world.bootAll();
        world.talk(a, b, 10 * SECOND);
        world.run(PeerPath.SESSION_NS + PeerPath.TRUST_NS);
        assertTrue(a.isRelayed(b), "whether the direct path is still there is not known");
        world.run(60 * SECOND);
        long before = world.datagrams;
        world.run(600 * SECOND);
        assertEquals(before, world.datagrams);
        a.core.onTraffic(b.key, true, true, world.nowNs);
        world.drain(a);
        world.run(11 * MS);
        assertTrue(a.isDirect(b));
    }

    @Test
    void findsAPeerThatComesBackWithAnotherKey() {
        World.Host a = world.add("198.51.100.11");
        World.Host b = world.add("198.51.100.12");
        world.bootAll();
        world.talk(a, b, 10 * SECOND);
        b.restart(77);
        b.boot();
        world.talk(a, b, 3 * SECOND);
        assertTrue(a.isDirect(b));
        assertTrue(b.isDirect(a));
    }

    @Test
    void findsEachOtherAfterBothCameBackWithOtherKeys() {
        World.Host a = world.add("10.0.1.1", "203.0.113.1", PathSettings.DEFAULT);
        World.Host b = world.add("10.0.2.1", "203.0.113.2", PathSettings.DEFAULT);
        world.bootAll();
        world.talk(a, b, 10 * SECOND);
        for (World.Host host : world.hosts) {
            host.restart(80 + host.index);
        }
        world.hosts.forEach(World.Host::boot);
        world.talk(a, b, 5 * SECOND);
        assertTrue(a.isDirect(b));
        assertTrue(b.isDirect(a));
    }

    @Test
    void tellsHowAPathWasFound() {
        World.Host a = world.add("198.51.100.11");
        World.Host b = world.add("10.0.2.1", "203.0.113.2", PathSettings.DEFAULT);
        world.bootAll();
        world.talk(a, b, 10 * SECOND);
        PathDetail detail = Objects.requireNonNull(a.core.detail(b.key, world.nowNs));
        assertTrue(detail.isTrusted());
        CandidateView inUse = detail.candidates().stream()
                .filter(each -> each.verdict() == CandidateView.Verdict.IN_USE)
                .findFirst()
                .orElseThrow();
        assertEquals(Endpoint.parse("203.0.113.2:41641"), inUse.endpoint());
        assertTrue(inUse.answers() > 0 && inUse.answers() <= inUse.pings());
        assertTrue(inUse.sources().contains(CandidateView.Source.MAP));
        List<PathNote.Kind> kinds = detail.notes().stream().map(PathNote::kind).toList();
        assertEquals(PathNote.Kind.TRAFFIC, kinds.getFirst());
        assertTrue(kinds.indexOf(PathNote.Kind.PING) < kinds.indexOf(PathNote.Kind.PONG));
        assertTrue(kinds.lastIndexOf(PathNote.Kind.USE) > kinds.indexOf(PathNote.Kind.PONG));
        assertTrue(kinds.contains(PathNote.Kind.CALL) && kinds.contains(PathNote.Kind.KEPT), kinds::toString);
        assertNull(a.core.detail(a.key, world.nowNs), "no peer");
    }

    @Test
    void followsAPeerToAnotherAddress() {
        World.Host a = world.add("198.51.100.11");
        World.Host b = world.add("10.0.2.1", "203.0.113.2", PathSettings.DEFAULT);
        world.bootAll();
        world.talk(a, b, 10 * SECOND);
        assertEquals(Endpoint.parse("203.0.113.2:41641"), a.path(b));
        b.outside = Endpoint.parse("203.0.113.9:41641");
        b.opened.clear();
        b.core.onLinkChanged(world.nowNs);
        world.drain(b);
        world.talk(a, b, 10 * SECOND);
        assertEquals(Endpoint.parse("203.0.113.9:41641"), a.path(b));
        assertEquals(a.inside, b.path(a));
    }

    @Test
    void choosesItsHomeByConnectingWhereNoDatagramGetsThrough() {
        World.Host a = world.add("198.51.100.11");
        a.isUdpBlocked = true;
        a.boot();
        world.run(10 * SECOND);
        assertEquals(World.REGION, a.home);
        assertEquals(false, a.told().netInfo().workingUdp());
        assertNull(a.told().netInfo().mappingVariesByDestIp());
        assertEquals(List.of(a.inside), a.told().endpoints());
    }

    @Test
    void movesHomeWhenItsRelayIsGoneAndNotForASmallGain() {
        World.Host a = world.add("198.51.100.11");
        world.bootAll();
        world.relayLatencyNs.put(World.OTHER_REGION, 15 * MS);
        a.core.onLinkChanged(world.nowNs);
        world.drain(a);
        world.run(5 * SECOND);
        assertEquals(World.REGION, a.home);
        world.deadRelays.add(World.REGION);
        a.core.onRelay(World.REGION, false, world.nowNs);
        world.drain(a);
        world.run(10 * SECOND);
        assertEquals(World.OTHER_REGION, a.home);
        assertEquals(World.OTHER_REGION, a.told().netInfo().preferredDerp());
    }

    @Test
    void staysAtAHomeThatItIsConnectedToThoughItAnswersNoDatagram() {
        World.Host a = world.add("198.51.100.11");
        world.bootAll();
        a.core.onRelay(World.OTHER_REGION, true, world.nowNs);
        world.deadRelays.add(World.REGION);
        a.core.onLinkChanged(world.nowNs);
        world.drain(a);
        world.run(10 * SECOND);
        assertEquals(World.REGION, a.home);
        a.core.onRelay(World.REGION, false, world.nowNs);
        world.drain(a);
        world.run(10 * SECOND);
        assertEquals(World.OTHER_REGION, a.home);
        world.deadRelays.remove(World.REGION);
        world.deadRelays.add(World.OTHER_REGION);
        a.core.onLinkChanged(world.nowNs);
        world.drain(a);
        world.run(10 * SECOND);
        assertEquals(World.OTHER_REGION, a.home, "connected before it was home");
    }

    @Test
    void tellsThePathByAPing() {
        World.Host a = world.add("198.51.100.11");
        World.Host b = world.add("198.51.100.12");
        world.bootAll();
        world.block(a, b);
        a.core.ping(b.key, 1, world.nowNs);
        world.drain(a);
        world.run(SECOND);
        PingResult.Relayed relayed = assertInstanceOf(PingResult.Relayed.class, a.pings.getFirst());
        assertEquals(World.REGION, relayed.region());
        assertEquals(40 * MS, relayed.roundTripNs());
        world.unblock(a, b);
        world.run(10 * SECOND);
        a.pings.clear();
        a.core.ping(b.key, 2, world.nowNs);
        world.drain(a);
        world.run(SECOND);
        PingResult.Direct direct = assertInstanceOf(PingResult.Direct.class, a.pings.getFirst());
        assertEquals(b.inside, direct.endpoint());
    }

    @Test
    void saysWhyAPeerCannotBePinged() {
        World.Host a = world.add("198.51.100.11");
        World.Host stranger = world.add("198.51.100.12");
        a.knowsPeers = false;
        world.bootAll();
        a.core.ping(stranger.key, 1, world.nowNs);
        world.drain(a);
        assertInstanceOf(PingResult.Failed.class, a.pings.getFirst());
    }

    @Test
    void usesTheLastDirectPathWhileItsRelayIsDown() {
        World.Host a = world.add("198.51.100.11");
        World.Host b = world.add("198.51.100.12");
        world.bootAll();
        world.talk(a, b, 10 * SECOND);
        world.deadRelays.add(World.REGION);
        world.deadRelays.add(World.OTHER_REGION);
        a.core.onRelay(World.REGION, false, world.nowNs);
        world.drain(a);
        world.run(PeerPath.SESSION_NS + 2 * PeerPath.TRUST_NS);
        assertTrue(a.isDirect(b));
        a.core.onRelay(World.REGION, true, world.nowNs);
        world.drain(a);
        assertFalse(a.isDirect(b));
    }

    @Test
    void leavesAnAddressThatTheSystemWillNotSendTo() {
        World.Host a = world.add("198.51.100.11");
        World.Host b = world.add("198.51.100.12");
        world.bootAll();
        world.talk(a, b, 10 * SECOND);
        a.core.onSendFailed(b.inside, world.nowNs);
        world.drain(a);
        assertTrue(a.isRelayed(b));
        world.talk(a, b, 10 * SECOND);
        assertTrue(a.isDirect(b), "it was for a moment");
    }
}
