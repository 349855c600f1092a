package io.penstock.node.daemon.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.filter.AddressSet;
import io.penstock.engine.uapi.Change;
import io.penstock.node.api.CoordinatorStatus;
import io.penstock.node.api.HealthItem;
import io.penstock.node.api.NodeState;
import io.penstock.node.api.Preferences;
import io.penstock.node.api.PreferencesChange;
import io.penstock.node.api.RouteStatus;
import io.penstock.node.api.StaticPeer;
import io.penstock.node.api.Status;
import io.penstock.node.api.UpEvent;
import io.penstock.node.coordination.core.CoordinationEvent;
import io.penstock.node.coordination.core.Problem;
import io.penstock.node.daemon.state.KeptMap;
import io.penstock.node.daemon.state.NodeFile;
import io.penstock.node.daemon.state.PeerSecrets;
import io.penstock.node.route.Connected;
import io.penstock.node.route.Networks;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.PortRange;
import io.penstock.protocol.message.PortsOfAddress;
import io.penstock.protocol.message.RegisterResponse;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.route.Prefix;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class NodeCoreTest {
    private static final MachineFacts FACTS = new MachineFacts("gw", "1", "6.1", "debian", "12", "amd64");
    private static final Instant START = Instant.parse("2026-11-26T10:00:00Z");
    private static final MachineKey COORDINATOR = MachineKey.of(new byte[32]);
    private static final Preferences HQ = PreferencesChange.builder()
            .server("https://vpn.example.org")
            .lan(List.of(Prefix.parse("10.1.0.0/24")))
            .build()
            .apply(Preferences.DEFAULT);
    private static final Entropy NO_ENTROPY = new Entropy() {
        @Override
        public int nextInt() {
            return 0;
        }

        @Override
        public void fill(byte[] bytes) {
            throw new AssertionError("the core makes no keys");
        }
    };

    private NodeCore core =
            new NodeCore(FACTS, NodeFile.NEW, NetMaps.key(1), Optional.empty(), PeerSecrets.NONE, NO_ENTROPY);
    private long nowNs;

    @Test
    void upMakesTheInterfaceThenAsksTheCoordinator() {
        assertNull(core.up(HQ, "secret", false, nowNs, now()));

        List<NodeAction> actions = actions();
        assertEquals(
                new NodeFile(true, false, null, HQ),
                first(actions, NodeAction.Save.class).file());
        assertEquals("penstock0", first(actions, NodeAction.OpenTunnel.class).name());
        NodeAction.StartCoordination start = first(actions, NodeAction.StartCoordination.class);
        assertEquals("secret", start.settings().authKey());
        assertEquals(HQ.lan(), start.status().hostinfo().routableIps());
        assertEquals(NodeState.STARTING, core.state());
    }

    @Test
    void aMapBecomesPeersFilterHostAndPaths() {
        up();
        NetMap map = NetMaps.ofPeers(2);

        tell(new CoordinationEvent.MapChanged(map, Set.of(2L, 3L)));

        List<NodeAction> actions = actions();
        assertEquals(map.packetFilter(), first(actions, NodeAction.Filter.class).rules());
        assertTrue(
                actions.indexOf(first(actions, NodeAction.Filter.class))
                        < actions.indexOf(first(actions, NodeAction.Configure.class)),
                "the filter is there before the peers");
        assertEquals(
                List.of(
                        new Change.SelectPeer(NetMaps.key(2).value()),
                        new Change.ManageEndpoint(),
                        new Change.AddAllowedIp(NetMaps.address(2)),
                        new Change.EndOfPeer(),
                        new Change.SelectPeer(NetMaps.key(3).value()),
                        new Change.ManageEndpoint(),
                        new Change.AddAllowedIp(NetMaps.address(3)),
                        new Change.EndOfPeer()),
                first(actions, NodeAction.Configure.class).changes());
        NodeAction.ShapeHost host = first(actions, NodeAction.ShapeHost.class);
        assertEquals(List.of(NetMaps.address(1)), host.settings().addresses());
        assertEquals(
                List.of(NetMaps.address(2), NetMaps.address(3)), host.settings().routes());
        assertEquals(HQ.lan(), host.settings().advertised());
        assertEquals(map, first(actions, NodeAction.FollowPaths.class).map());
        assertTrue(actions.contains(new NodeAction.Tell(new UpEvent.State(NodeState.RUNNING))));
        assertEquals(NodeState.RUNNING, core.state());
    }

    @Test
    void aChangedMapChangesOnlyWhatIsOther() {
        running(NetMaps.ofPeers(2));
        Prefix branch = Prefix.parse("10.2.0.0/24");
        NetMap next = NetMaps.of(NetMaps.node(1, node -> node), NetMaps.node(2, node -> node.allowedIps(
                        List.of(NetMaps.address(2), branch))
                .primaryRoutes(List.of(branch))));

        tell(new CoordinationEvent.MapChanged(next, Set.of(2L, 3L)));

        List<NodeAction> actions = actions();
        assertEquals(
                List.of(
                        new Change.SelectPeer(NetMaps.key(3).value()),
                        new Change.Remove(),
                        new Change.EndOfPeer(),
                        new Change.SelectPeer(NetMaps.key(2).value()),
                        new Change.UpdateOnly(),
                        new Change.AddAllowedIp(branch),
                        new Change.EndOfPeer()),
                first(actions, NodeAction.Configure.class).changes());
        assertTrue(all(actions, NodeAction.Filter.class).isEmpty(), "the filter is the same");
        Status status = status();
        assertEquals(List.of(new RouteStatus(branch, "node2", RouteStatus.State.ACTIVE, "")), status.routes());
    }

    @Test
    void aPeerThatCannotBeMadeIsLeftOutSaidAndTriedAgain() {
        up();
        NetMap map = NetMaps.ofPeers(2);
        tell(new CoordinationEvent.MapChanged(map, Set.of(2L, 3L)));
        List<Change> both = first(actions(), NodeAction.Configure.class).changes();

        core.onPeersFailed(both, "Cannot allocate memory", nowNs);
        List<NodeAction.Configure> single = all(actions(), NodeAction.Configure.class);
        assertEquals(2, single.size(), "each by itself");
        core.onPeersFailed(single.getLast().changes(), "Cannot allocate memory", nowNs);
        assertEquals(
                List.of(new Change.SelectPeer(NetMaps.key(3).value()), new Change.Remove(), new Change.EndOfPeer()),
                first(actions(), NodeAction.Configure.class).changes(),
                "what is left of it");
        HealthItem health = status().health().getFirst();
        assertEquals("peers-left-out", health.code());
        assertTrue(health.text().contains("node3") && health.text().contains("Cannot allocate memory"), health.text());
        Endpoint endpoint = Endpoint.parse("192.0.2.9:7");
        core.onUseEndpoint(NetMaps.key(3), endpoint);

        nowNs += NodeCore.RETRY_NS;
        core.onTime(nowNs, now());
        assertEquals(
                List.of(
                        new Change.SelectPeer(NetMaps.key(3).value()),
                        new Change.Remove(),
                        new Change.EndOfPeer(),
                        new Change.SelectPeer(NetMaps.key(3).value()),
                        new Change.ManageEndpoint(),
                        new Change.SetEndpoint(endpoint),
                        new Change.AddAllowedIp(NetMaps.address(3)),
                        new Change.EndOfPeer()),
                first(actions(), NodeAction.Configure.class).changes());
        assertTrue(status().health().stream().noneMatch(item -> item.code().equals("peers-left-out")));
    }

    @Test
    void aKeyThatCannotBeUsedIsTriedAgain() {
        running(NetMaps.ofPeers(1));
        core.onUseKeyFailed(NetMaps.key(1), "No space left on device", nowNs);
        assertEquals("key-not-used", status().health().getFirst().code());

        nowNs += NodeCore.RETRY_NS;
        core.onTime(nowNs, now());
        assertEquals(NetMaps.key(1), first(actions(), NodeAction.UseKey.class).key());
    }

    @Test
    void pathsMoveEndpointsOfPeersThatAreThere() {
        running(NetMaps.ofPeers(1));
        Endpoint endpoint = Endpoint.parse("192.0.2.9:7");

        core.onUseEndpoint(NetMaps.key(2), endpoint);
        core.onUseEndpoint(NetMaps.key(9), endpoint);

        assertEquals(
                List.of(new NodeAction.Configure(List.of(
                        new Change.SelectPeer(NetMaps.key(2).value()),
                        new Change.UpdateOnly(),
                        new Change.SetEndpoint(endpoint),
                        new Change.EndOfPeer()))),
                all(actions(), NodeAction.Configure.class));
    }

    @Test
    void aDayWithoutACoordinatorChangesNothing() {
        running(NetMaps.ofPeers(2));

        for (int hour = 0; hour < 24; hour++) {
            nowNs += Duration.ofHours(1).toNanos();
            tell(new CoordinationEvent.Failed(Problem.of(Problem.Kind.UNREACHABLE, "no route"), 1_000_000_000L));
            core.onTime(nowNs, now());
            for (NodeAction action : actions()) {
                assertTrue(
                        action instanceof NodeAction.Tell
                                || action instanceof NodeAction.StatusChanged
                                || action instanceof NodeAction.SaveMap,
                        action.toString());
            }
        }

        Status status = status();
        assertEquals(NodeState.RUNNING, status.state());
        assertEquals(CoordinatorStatus.State.UNREACHABLE, status.coordinator().state());
        assertEquals(Duration.ofHours(24).toMillis(), status.coordinator().mapAgeMs());
        assertEquals("coordinator-unreachable", status.health().getFirst().code());
        assertEquals(HealthItem.Severity.WARNING, status.health().getFirst().severity());
    }

    @Test
    void comesUpFromTheKeptMap() {
        KeptMap kept = new KeptMap(NetMaps.ofPeers(2), START.minus(Duration.ofDays(1)));
        NodeFile file = new NodeFile(true, true, COORDINATOR, HQ);
        core = new NodeCore(FACTS, file, NetMaps.key(1), Optional.of(kept), PeerSecrets.NONE, NO_ENTROPY);

        core.start(now());
        NodeAction.StartCoordination start = first(actions(), NodeAction.StartCoordination.class);
        core.onTunnelOpened(Networks.NONE);

        assertEquals(COORDINATOR, start.settings().knownCoordinator());
        List<NodeAction> actions = actions();
        assertEquals(8, first(actions, NodeAction.Configure.class).changes().size());
        assertEquals(kept.map(), first(actions, NodeAction.FollowPaths.class).map());
        Status status = status();
        assertEquals(NodeState.RUNNING, status.state());
        assertTrue(status.coordinator().cached());
        assertEquals(Duration.ofDays(1).toMillis(), status.coordinator().mapAgeMs());

        tell(new CoordinationEvent.MapChanged(kept.map(), Set.of()));
        assertTrue(all(actions(), NodeAction.Configure.class).isEmpty(), "the real map says the same");
        assertFalse(status().coordinator().cached());
    }

    @Test
    void takesNoKeptMapOfAnotherKey() {
        KeptMap kept = new KeptMap(NetMaps.ofPeers(2), START);
        core = new NodeCore(
                FACTS,
                new NodeFile(true, true, null, HQ),
                NetMaps.key(9),
                Optional.of(kept),
                PeerSecrets.NONE,
                NO_ENTROPY);

        assertNull(core.map());
    }

    @Test
    void keepsMapsNowAndThenAndTheLastAtTheEnd() {
        running(NetMaps.ofPeers(1));
        core.onTime(nowNs, now());
        KeptMap first = first(actions(), NodeAction.SaveMap.class).map();
        core.onMapNotKept("No space left on device");
        assertTrue(status().health().stream().anyMatch(item -> item.code().equals("map-not-kept")));
        nowNs += LastMap.KEEP_NS;
        core.onTime(nowNs, now());
        assertEquals(
                first.map(), first(actions(), NodeAction.SaveMap.class).map().map(), "it is tried again");
        core.onMapKept(first);
        assertTrue(status().health().stream().noneMatch(item -> item.code().equals("map-not-kept")));

        for (int i = 2; i < 7; i++) {
            nowNs += Duration.ofSeconds(1).toNanos();
            tell(new CoordinationEvent.MapChanged(NetMaps.ofPeers(i), Set.of()));
            core.onTime(nowNs, now());
            assertTrue(all(actions(), NodeAction.SaveMap.class).isEmpty());
        }
        core.stop(now());

        List<NodeAction.SaveMap> saved = all(actions(), NodeAction.SaveMap.class);
        assertEquals(6, saved.getFirst().map().map().peers().size());
    }

    @Test
    void downUndoesAllAndStaysDown() {
        running(NetMaps.ofPeers(1));

        core.down(now());

        List<NodeAction> actions = actions();
        assertFalse(first(actions, NodeAction.Save.class).file().isUp());
        assertTrue(first(actions, NodeAction.Save.class).file().isRegistered());
        assertTrue(actions.indexOf(new NodeAction.RestoreHost()) < actions.indexOf(new NodeAction.CloseTunnel()));
        assertTrue(actions.contains(new NodeAction.StopCoordination()));
        assertEquals(NodeState.STOPPED, core.state());
        tell(new CoordinationEvent.MapChanged(NetMaps.ofPeers(2), Set.of()));
        assertTrue(all(actions(), NodeAction.Configure.class).isEmpty());
    }

    @Test
    void stopLeavesTheNodeUpForTheNextStart() {
        running(NetMaps.ofPeers(1));

        core.stop(now());

        List<NodeAction> actions = actions();
        assertTrue(all(actions, NodeAction.Save.class).isEmpty());
        assertTrue(actions.contains(new NodeAction.RestoreHost()));
        assertTrue(actions.contains(new NodeAction.CloseTunnel()));
    }

    @Test
    void anExpiredKeyIsFollowedByAnotherAndALogin() {
        running(NetMaps.ofPeers(1));

        tell(new CoordinationEvent.KeyExpired(NetMaps.key(1)));
        assertEquals(1, all(actions(), NodeAction.MakeNextKey.class).size());
        core.onNextKey(NetMaps.key(50));
        assertEquals(List.of(new NodeAction.RotateTo(NetMaps.key(50), "")), all(actions(), NodeAction.RotateTo.class));
        tell(new CoordinationEvent.LoginNeeded("https://vpn.example.org/login/1"));

        Status expired = status();
        assertEquals(NodeState.NEEDS_LOGIN, expired.state());
        assertEquals("https://vpn.example.org/login/1", expired.loginUrl());
        assertEquals("key-expired", expired.health().getFirst().code());
        actions();

        tell(new CoordinationEvent.Registered(
                NetMaps.key(50), RegisterResponse.builder().build()));
        assertTrue(actions().contains(new NodeAction.UseKey(NetMaps.key(50))));
        assertEquals(NodeState.RUNNING, core.state());
        assertNull(status().loginUrl());
    }

    @Test
    void anAddressThatIsInUseHereIsRefused() {
        up();
        core.onLookedAround(networks("100.64.0.0/10", "100.64.0.77/32"));

        tell(new CoordinationEvent.MapChanged(NetMaps.ofPeers(1), Set.of(2L)));

        List<NodeAction> actions = actions();
        assertTrue(all(actions, NodeAction.Configure.class).isEmpty());
        Status status = status();
        assertEquals(NodeState.STARTING, status.state());
        assertEquals("collision", status.health().getFirst().code());
        assertTrue(
                all(actions, NodeAction.Tell.class).stream().anyMatch(tell -> tell.event() instanceof UpEvent.Trouble),
                "whoever waits is told why");
    }

    @Test
    void aPeerWhoseAddressIsInUseHereIsLeftOutAlone() {
        running(NetMaps.ofPeers(2));

        core.onLookedAround(networks("100.64.0.3/32", "192.0.2.7/32"));

        List<NodeAction> actions = actions();
        assertEquals(
                List.of(new Change.SelectPeer(NetMaps.key(3).value()), new Change.Remove(), new Change.EndOfPeer()),
                first(actions, NodeAction.Configure.class).changes());
        assertEquals(
                List.of(NetMaps.address(2)),
                first(actions, NodeAction.ShapeHost.class).settings().routes());
        assertEquals(NodeState.RUNNING, core.state());
        String why = "100.64.0.3/32 of node3 is not used: it lies within 100.64.0.3/32, which is in use at eth0.";
        assertTrue(status().routes().stream().map(RouteStatus::why).anyMatch(why::equals));
        assertTrue(status().health().stream()
                .anyMatch(item ->
                        item.code().equals("peer-address-in-use") && item.text().equals(why)));
    }

    @Test
    void aRefusalBeforeThereIsAMapIsTheEndOfWaiting() {
        up();

        tell(new CoordinationEvent.Failed(Problem.of(Problem.Kind.REFUSED, "no such key"), 1));

        assertTrue(actions().contains(new NodeAction.TellRefused("no such key")));
    }

    @Test
    void logoutTellsTheCoordinatorAndForgets() {
        running(NetMaps.ofPeers(1));

        core.logout(nowNs, now());
        assertTrue(actions().contains(new NodeAction.LogOut()));
        assertTrue(core.isLeaving());
        tell(new CoordinationEvent.LoggedOut());

        List<NodeAction> actions = actions();
        assertTrue(actions.contains(new NodeAction.ForgetMap()));
        assertTrue(actions.contains(new NodeAction.RenewKey()));
        assertFalse(first(actions, NodeAction.Save.class).file().isRegistered());
        assertFalse(core.isLeaving());
    }

    @Test
    void logoutDoesNotWaitForACoordinatorThatIsGone() {
        running(NetMaps.ofPeers(1));
        core.logout(nowNs, now());
        actions();

        nowNs += NodeCore.LOGOUT_NS;
        core.onTime(nowNs, now());

        List<NodeAction> actions = actions();
        assertTrue(actions.contains(new NodeAction.RenewKey()));
        assertNull(core.map());
        String left = String.valueOf(first(actions, NodeAction.TellLeft.class).trouble());
        assertTrue(left.contains("did not hear of it"), left);
        assertTrue(left.contains("`penstock server nodes delete node1`"), left);
    }

    @Test
    void aLogoutThatWasHeardOrHadNobodyToHearItIsDone() {
        running(NetMaps.ofPeers(1));
        core.logout(nowNs, now());
        tell(new CoordinationEvent.LoggedOut());
        assertEquals(List.of(new NodeAction.TellLeft(null)), all(actions(), NodeAction.TellLeft.class));
        core.logout(nowNs, now());
        assertEquals(List.of(new NodeAction.TellLeft(null)), all(actions(), NodeAction.TellLeft.class));
    }

    @Test
    void anotherKeyThatWasRefusedIsGivenUpAndTheOldOneStays() {
        running(NetMaps.ofPeers(1));
        assertNull(core.up(HQ, "spent", true, nowNs, now()));
        core.onNextKey(NetMaps.key(50));
        actions();
        assertTrue(core.isRenewingKey());

        tell(new CoordinationEvent.Failed(Problem.of(Problem.Kind.REFUSED, "used up"), 1));
        List<NodeAction> actions = actions();
        assertTrue(actions.contains(new NodeAction.RotateTo(NetMaps.key(1), "")));
        assertTrue(actions.contains(new NodeAction.TellRefused("used up")));
        assertFalse(core.isRenewingKey());
        assertEquals(NodeState.RUNNING, core.state());
    }

    @Test
    void anotherKeyIsThereWhenItIsRegisteredAndNotWhenTheOldOneIsAgain() {
        running(NetMaps.ofPeers(1));
        assertNull(core.up(HQ, "", true, nowNs, now()));
        core.onNextKey(NetMaps.key(50));
        tell(new CoordinationEvent.LoginNeeded("https://vpn.example.org/login/1"));
        tell(new CoordinationEvent.Registered(
                NetMaps.key(1), RegisterResponse.builder().build()));
        assertTrue(core.isRenewingKey());
        tell(new CoordinationEvent.Registered(
                NetMaps.key(50), RegisterResponse.builder().build()));
        assertFalse(core.isRenewingKey());
        assertNull(core.loginUrl());
        assertEquals(
                NetMaps.key(50),
                first(actions(), NodeAction.SaveMap.class).map().map().self().key(),
                "a map of another key would not be used after a restart");
    }

    @Test
    void saysThatStaticPeersDoNotHearOfAnotherKey() {
        running(NetMaps.ofPeers(1));
        StaticPeer branch =
                new StaticPeer("branch", NetMaps.key(7), List.of(Prefix.parse("10.9.0.0/24")), "192.0.2.7:51820", 25);
        assertNull(core.up(HQ.withStaticPeers(List.of(branch)), "", true, nowNs, now()));
        assertTrue(all(actions(), NodeAction.Tell.class).toString().contains("penstock peer export"));
        tell(new CoordinationEvent.Registered(
                NetMaps.key(50), RegisterResponse.builder().build()));
        assertTrue(status().health().stream()
                .anyMatch(item -> item.code().equals("static-peers-old-key")
                        && item.text().contains("branch")));
    }

    @Test
    void doesNotChangeTheNetworkUnasked() {
        running(NetMaps.ofPeers(1));
        Preferences other = PreferencesChange.builder()
                .server("https://other.example")
                .build()
                .apply(HQ);

        String refused = core.set(other, nowNs, now());

        assertNotNull(refused);
        assertTrue(refused.contains("penstock logout"), refused);
        assertTrue(actions().isEmpty());
    }

    @Test
    void triesTheInterfaceAgain() {
        core.up(HQ, "", false, nowNs, now());
        actions();
        core.onTunnelFailed("no /dev/net/tun", nowNs);
        assertEquals("no-interface", status().health().getFirst().code());
        actions();

        nowNs += core.leftNs(nowNs);
        core.onTime(nowNs, now());

        assertEquals(1, all(actions(), NodeAction.OpenTunnel.class).size());
    }

    @Test
    void anExitNodeLetsNobodyIntoTheNetworksItStandsIn() {
        core.up(PreferencesChange.builder().offerExitNode(true).build().apply(HQ), "", false, nowNs, now());
        core.onTunnelOpened(networks("198.51.100.0/24", "198.51.100.1/32"));
        AddressSet before = first(actions(), NodeAction.Filter.class).local();
        assertTrue(before.contains4(address("198.51.100.1")), "the host's own is as good as the internet");
        assertFalse(before.contains4(address("198.51.100.2")));
        assertTrue(before.contains4(address("203.0.113.2")));
        assertTrue(before.contains4(address("10.1.0.2")), "offered by name");
        assertFalse(before.contains4(address("127.0.0.1")));

        core.onLookedAround(networks("203.0.113.0/24", "203.0.113.1/32")); // it moves
        AddressSet after = first(actions(), NodeAction.Filter.class).local();
        assertTrue(after.contains4(address("198.51.100.2")));
        assertFalse(after.contains4(address("203.0.113.2")));

        core.onLookedAround(networks("0.0.0.0/1", "203.0.113.1/32")); // another VPN's way to have the default route
        assertTrue(first(actions(), NodeAction.Filter.class).local().contains4(address("8.8.8.8")));
    }

    @Test
    void downUndoesTheHostThoughTheInterfaceIsGone() {
        running(NetMaps.ofPeers(1));
        core.onTunnelEnded(nowNs);
        actions();

        core.down(now());

        List<NodeAction> actions = actions();
        assertEquals(1, all(actions, NodeAction.RestoreHost.class).size());
        assertTrue(all(actions, NodeAction.CloseTunnel.class).isEmpty());
    }

    @Test
    void whoAsksAgainHasMendedTheHostPerhaps() {
        running(NetMaps.ofPeers(1));
        core.onHost("no nft", List.of(), List.of(), 1, nowNs, now());
        actions();
        assertEquals(NodeState.STARTING, core.state());

        assertNull(core.up(HQ, "", false, nowNs, now()));

        assertEquals(1, all(actions(), NodeAction.ShapeHost.class).size());
        core.onHost(null, List.of(), List.of(), 1, nowNs, now());
        assertEquals(NodeState.RUNNING, core.state());
    }

    @Test
    void nobodyJoinsWhileALogoutIsUnderWay() {
        running(NetMaps.ofPeers(1));
        core.logout(nowNs, now());
        actions();
        assertTrue(String.valueOf(core.up(HQ, "", false, nowNs, now())).contains("a logout is under way"));
        assertTrue(actions().isEmpty());
    }

    @Test
    void changesOfTheHostAreLookedAtAndWhatIsOursIsMadeAnew() {
        running(NetMaps.ofPeers(1));
        core.onHost(null, List.of(), List.of(), 1, nowNs, now());
        core.onLookedAround(networks("10.1.0.0/24", "10.1.0.1/32"));
        actions();

        core.onHostChanged(nowNs);
        core.onHostChanged(nowNs);
        nowNs += HostRounds.GAP_NS;
        core.onTime(nowNs, now());
        assertEquals(1, all(actions(), NodeAction.LookAround.class).size(), "once for both");

        core.onLookedAround(networks("10.1.0.0/24", "10.1.0.1/32"));
        List<NodeAction> same = actions();
        assertEquals(1, all(same, NodeAction.ShapeHost.class).size(), "the host is compared");
        assertTrue(all(same, NodeAction.HostMoved.class).isEmpty());
        core.onHost(null, List.of(), List.of("route 52800 100.64.0.2/32"), 1, nowNs, now());
        HealthItem item = status().health().stream()
                .filter(one -> one.code().equals("put-back"))
                .findFirst()
                .orElseThrow();
        assertEquals(HealthItem.Severity.NOTE, item.severity());
        assertTrue(
                item.text().contains("1 times something was put back, last: route 52800 100.64.0.2/32"), item.text());
    }

    @Test
    void pathsHearOfOtherAddressesAndOtherWays() {
        running(NetMaps.ofPeers(1));
        core.onLookedAround(networks("192.0.2.0/24", "192.0.2.7/32"));
        assertEquals(new NodeAction.HostMoved(true), first(actions(), NodeAction.HostMoved.class));

        core.onLookedAround(networks("192.0.2.0/24", "192.0.2.8/32"));
        assertEquals(new NodeAction.HostMoved(false), first(actions(), NodeAction.HostMoved.class));

        Networks before = networks("192.0.2.0/24", "192.0.2.8/32");
        core.onLookedAround(new Networks(before.connected(), before.addresses(), List.of("via 192.0.2.254")));
        assertEquals(new NodeAction.HostMoved(true), first(actions(), NodeAction.HostMoved.class));
    }

    @Test
    void loggingInAgainTakesTheKeyThatIsGivenForIt() {
        running(NetMaps.ofPeers(1));

        assertNull(core.up(HQ, "second", true, nowNs, now()));
        assertEquals(1, all(actions(), NodeAction.MakeNextKey.class).size());
        core.onNextKey(NetMaps.key(50));

        NodeAction.RotateTo rotation = first(actions(), NodeAction.RotateTo.class);
        assertEquals(new NodeAction.RotateTo(NetMaps.key(50), "second"), rotation);
        assertFalse(rotation.toString().contains("second"), "no log shows it");
        core.onNextKey(NetMaps.key(51));
        assertEquals("", first(actions(), NodeAction.RotateTo.class).authKey(), "it is used once");
    }

    @Test
    void healthNamesWhatIsAmissAndItsCure() {
        Prefix lan = Prefix.parse("10.5.0.0/24");
        NetMap map = NetMaps.of(
                NetMaps.node(1, node -> node),
                NetMaps.node(2, node -> node.expired(true)),
                NetMaps.node(3, node -> node.isJailed(true)),
                NetMaps.node(4, node -> node.allowedIps(List.of(NetMaps.address(4), lan))
                        .primaryRoutes(List.of(lan))));
        running(map);
        assertEquals(Set.of("routes-not-approved", "no-disco", "peer-expired", "peer-jailed"), codes(Readings.NONE));

        core.onPort(50_000);
        core.onLookedAround(networks("10.5.0.0/16", "10.5.0.1/32"));
        core.onTime(nowNs, now());
        core.onTime(nowNs, now().plusSeconds(60));
        tell(new CoordinationEvent.Failed(Problem.of(Problem.Kind.UNREACHABLE, "no route"), 1));
        Readings readings = new Readings(Map.of(), Map.of(), Map.of("fra", "refused"), Map.of());

        assertEquals(
                Set.of(
                        "routes-not-approved",
                        "no-disco",
                        "peer-expired",
                        "peer-jailed",
                        "port-taken",
                        "route-overlaps",
                        "clock-jumped",
                        "coordinator-unreachable",
                        "relay-unreachable"),
                codes(readings));
        for (HealthItem item : StatusView.of(core, "1", readings, now()).health()) {
            assertTrue(item.code().equals("no-disco") || !item.fix().isEmpty(), item + " has no cure");
            assertFalse(item.severity() == HealthItem.Severity.ERROR, item + ": it forwards all the same");
        }
    }

    private Set<String> codes(Readings readings) {
        return StatusView.of(core, "1", readings, now()).health().stream()
                .map(HealthItem::code)
                .collect(Collectors.toSet());
    }

    @Test
    void aClockThatGoesAheadIsAHostThatMayHaveSlept() {
        running(NetMaps.ofPeers(1));
        core.onTime(nowNs, now());
        nowNs += Duration.ofSeconds(4).toNanos();
        core.onTime(nowNs, now().plusSeconds(2)); // NTP
        assertTrue(all(actions(), NodeAction.HostMoved.class).isEmpty());

        core.onTime(nowNs, now().plus(Duration.ofHours(8)));

        assertEquals(List.of(new NodeAction.HostMoved(true)), all(actions(), NodeAction.HostMoved.class));
        core.onTime(nowNs, now());
        assertTrue(all(actions(), NodeAction.HostMoved.class).isEmpty(), "nobody sleeps backwards");
    }

    @Test
    void aMapOfADayAgoIsGoodUntilThereIsAnother() {
        NetMap map = NetMaps.ofPeers(2);
        KeptMap kept = new KeptMap(map, START);
        core = new NodeCore(
                FACTS,
                new NodeFile(true, true, COORDINATOR, HQ),
                NetMaps.key(1),
                Optional.of(kept),
                PeerSecrets.NONE,
                NO_ENTROPY);
        nowNs += Duration.ofHours(24).toNanos();

        core.start(now());
        core.onTunnelOpened(Networks.NONE);

        List<NodeAction> started = actions();
        assertEquals(
                2,
                first(started, NodeAction.Configure.class).changes().stream()
                        .filter(Change.SelectPeer.class::isInstance)
                        .count());
        assertEquals(map.packetFilter(), first(started, NodeAction.Filter.class).rules());
        assertEquals(map, first(started, NodeAction.FollowPaths.class).map());
        assertEquals(NodeState.RUNNING, core.state());
        for (int hour = 0; hour < 24; hour++) { // and another day of knocking at a door that stays shut
            nowNs += Duration.ofHours(1).toNanos();
            tell(new CoordinationEvent.Failed(Problem.of(Problem.Kind.UNREACHABLE, "no route"), 1));
            core.onTime(nowNs, now());
        }
        List<NodeAction> waited = actions();
        assertTrue(all(waited, NodeAction.Configure.class).isEmpty(), waited.toString());
        assertTrue(all(waited, NodeAction.Filter.class).isEmpty(), waited.toString());
        assertEquals(NodeState.RUNNING, core.state());
        Status status = status();
        assertTrue(status.coordinator().cached());
        assertEquals(Duration.ofHours(48).toMillis(), status.coordinator().mapAgeMs());

        tell(new CoordinationEvent.MapChanged(NetMaps.ofPeers(1), Set.of(3L)));
        assertFalse(status().coordinator().cached());
        assertEquals(
                1,
                first(actions(), NodeAction.Configure.class).changes().stream()
                        .filter(Change.Remove.class::isInstance)
                        .count());
    }

    @Test
    void rulesForNodesWithACapabilityNameTheirAddresses() {
        FilterRule rule = new FilterRule(
                List.of("cap:example.com/printer"),
                List.of(new PortsOfAddress("*", PortRange.ALL)),
                List.of(),
                List.of());
        running(NetMaps.ofPeers(1));

        tell(new CoordinationEvent.MapChanged(
                NetMaps.of(
                        List.of(rule),
                        NetMaps.node(1, node -> node),
                        NetMaps.node(2, node -> node.capMap(Map.of("example.com/printer", List.of()))),
                        NetMaps.node(3, node -> node)),
                Set.of(2L)));

        assertEquals(
                Map.of("example.com/printer", List.of(NetMaps.address(2))),
                first(actions(), NodeAction.Filter.class).capable());
    }

    private static int address(String text) {
        return (int) Prefix.parse(text + "/32").low();
    }

    @Test
    void staticPeersNeedNoCoordinator() {
        StaticPeer branch =
                new StaticPeer("branch", NetMaps.key(7), List.of(Prefix.parse("10.9.0.0/24")), "192.0.2.7:51820", 25);
        Preferences alone = PreferencesChange.NONE.apply(Preferences.DEFAULT).withStaticPeers(List.of(branch));

        assertNull(core.up(alone, "", false, nowNs, now()));
        core.onTunnelOpened(Networks.NONE);

        List<NodeAction> actions = actions();
        assertTrue(all(actions, NodeAction.StartCoordination.class).isEmpty());
        assertEquals(
                List.of("10.9.0.0/24"),
                first(actions, NodeAction.Filter.class).rules().getFirst().srcIps());
        assertEquals(
                List.of(Prefix.parse("10.9.0.0/24")),
                first(actions, NodeAction.ShapeHost.class).settings().routes());
        assertEquals(NodeState.RUNNING, core.state());
        assertTrue(status().peers().getFirst().isStatic());
    }

    @Test
    void aStaticPeerTakesNoNetworkOfTheHost() {
        StaticPeer branch = new StaticPeer(
                "branch",
                NetMaps.key(7),
                List.of(
                        Prefix.parse("192.168.1.0/24"),
                        Prefix.parse("192.168.1.0/25"),
                        Prefix.parse("10.9.0.0/24"),
                        Prefix.parse("0.0.0.0/0")),
                "192.0.2.7:51820",
                25);
        Preferences alone = Preferences.DEFAULT.withStaticPeers(List.of(branch));

        assertNull(core.up(alone, "", false, nowNs, now()));
        core.onTunnelOpened(networks("192.168.1.0/24", "192.168.1.5/32"));

        List<NodeAction> actions = actions();
        List<Prefix> used = List.of(Prefix.parse("10.9.0.0/24"));
        assertEquals(used, first(actions, NodeAction.ShapeHost.class).settings().routes());
        assertEquals(
                List.of("10.9.0.0/24"),
                first(actions, NodeAction.Filter.class).rules().getFirst().srcIps());
        List<Change> changes = first(actions, NodeAction.Configure.class).changes();
        assertEquals(
                List.of(new Change.AddAllowedIp(used.getFirst())),
                changes.stream()
                        .filter(change -> change instanceof Change.AddAllowedIp)
                        .toList());
        assertEquals(
                List.of(
                        "192.168.1.0/24 of branch is not used: this host is connected to it, at eth0.",
                        "192.168.1.0/25 of branch is not used: it lies within 192.168.1.0/24, which this host is connected to, at eth0.",
                        "",
                        "0.0.0.0/0 of branch is not used: branch is not the chosen exit node;"
                                + " `penstock set --exit-node branch` makes it that."),
                status().routes().stream().map(RouteStatus::why).toList());
        assertEquals(
                List.of("route-overlaps", "route-overlaps", "default-route"),
                status().health().stream().map(HealthItem::code).toList());
    }

    @Test
    void aStaticPeerIsAnExitNodeIfTheOperatorSaysSo() {
        Prefix all = Prefix.parse("0.0.0.0/0");
        StaticPeer vps =
                new StaticPeer("vps", NetMaps.key(7), List.of(all, Prefix.parse("10.9.0.1/32")), "192.0.2.7:51820", 25);
        Preferences alone = PreferencesChange.builder()
                .exitNode("vps")
                .build()
                .apply(Preferences.DEFAULT)
                .withStaticPeers(List.of(vps));

        assertNull(core.up(alone, "", false, nowNs, now()));
        core.onTunnelOpened(networks("192.168.1.0/24", "192.168.1.5/32"));

        List<NodeAction> actions = actions();
        NodeAction.ShapeHost host = first(actions, NodeAction.ShapeHost.class);
        assertEquals(vps.allowedIps(), host.settings().routes());
        assertEquals(List.of(Prefix.parse("192.168.1.0/24")), host.settings().bypass());
        assertEquals(
                List.of("10.9.0.1/32"),
                first(actions, NodeAction.Filter.class).rules().getFirst().srcIps(),
                "who comes from the internet is let in by no rule");
        assertTrue(status().peers().getFirst().isExitNode());
        assertEquals(List.of(), status().health());

        assertNull(core.set(
                alone.withStaticPeers(List.of(new StaticPeer(
                        "vps", NetMaps.key(7), List.of(Prefix.parse("10.9.0.1/32")), "192.0.2.7:51820", 25))),
                nowNs,
                now()));
        assertEquals("exit-node", status().health().getFirst().code());
    }

    private void up() {
        assertNull(core.up(HQ, "", false, nowNs, now()));
        core.onTunnelOpened(Networks.NONE);
        actions();
    }

    private static Networks networks(String onLink, String own) {
        return new Networks(
                List.of(new Connected(Prefix.parse(onLink), "eth0")),
                List.of(Prefix.parse(own)),
                List.of("via 192.0.2.1"));
    }

    private void running(NetMap map) {
        up();
        tell(new CoordinationEvent.Connected(COORDINATOR));
        tell(new CoordinationEvent.Registered(
                NetMaps.key(1), RegisterResponse.builder().build()));
        tell(new CoordinationEvent.MapChanged(map, map.peers().keySet()));
        actions();
        assertEquals(NodeState.RUNNING, core.state());
    }

    private void tell(CoordinationEvent event) {
        core.onCoordination(event, nowNs, now());
    }

    private Instant now() {
        return START.plusNanos(nowNs);
    }

    private Status status() {
        return StatusView.of(core, "1", Readings.NONE, now());
    }

    private List<NodeAction> actions() {
        List<NodeAction> all = new ArrayList<>();
        for (NodeAction action = core.poll(); action != null; action = core.poll()) {
            all.add(action);
        }
        return all;
    }

    private static <T extends NodeAction> List<T> all(List<NodeAction> actions, Class<T> type) {
        return actions.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private static <T extends NodeAction> T first(List<NodeAction> actions, Class<T> type) {
        return all(actions, type).stream()
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + type.getSimpleName() + " in " + actions));
    }
}
