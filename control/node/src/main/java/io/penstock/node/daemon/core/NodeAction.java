package io.penstock.node.daemon.core;

import io.penstock.engine.filter.AddressSet;
import io.penstock.engine.uapi.Change;
import io.penstock.node.api.UpEvent;
import io.penstock.node.coordination.core.NodeSettings;
import io.penstock.node.coordination.core.NodeStatus;
import io.penstock.node.daemon.state.KeptMap;
import io.penstock.node.daemon.state.NodeFile;
import io.penstock.node.host.HostSettings;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is to be done next. */
public sealed interface NodeAction {
    /** Make the interface with the node's key, then {@link NodeCore#onTunnelOpened} or {@link NodeCore#onTunnelFailed}. */
    record OpenTunnel(String name, int port, int fwmark) implements NodeAction {}

    /** Take the interface away; nothing is to be reported. */
    record CloseTunnel() implements NodeAction {}

    /** Use this key, which was made by {@link MakeNextKey} or is the one in use, from here on; {@link NodeCore#onUseKeyFailed} if it cannot be. */
    record UseKey(NodeKey key) implements NodeAction {}

    /** Have a key to follow the node's, then {@link NodeCore#onNextKey} or {@link NodeCore#onNextKeyFailed}. */
    record MakeNextKey() implements NodeAction {}

    /** Forget the node's key, then {@link NodeCore#onNewKey} with another one. */
    record RenewKey() implements NodeAction {}

    /** Change the tunnel's peers, at most {@link Change#BATCH} at once; {@link NodeCore#onPeersFailed} if that fails. */
    record Configure(List<Change> changes) implements NodeAction {
        public Configure {
            changes = List.copyOf(changes);
        }
    }

    /**
     * Let in what these rules allow, and nothing else; then {@link NodeCore#onFiltered}, or {@link NodeCore#onFilterFailed} with
     * nothing let in.
     *
     * @param local what packets may be for
     * @param capable addresses of the nodes with a capability that rules name
     */
    record Filter(List<FilterRule> rules, AddressSet local, Map<String, List<Prefix>> capable) implements NodeAction {}

    /** See what the host is connected to, then {@link NodeCore#onLookedAround}. */
    record LookAround() implements NodeAction {}

    /**
     * The host has other addresses than before.
     *
     * @param isElsewhere whether its way to the others is another one, too
     */
    record HostMoved(boolean isElsewhere) implements NodeAction {}

    /** Make the host look like this, then {@link NodeCore#onHost}. */
    record ShapeHost(HostSettings settings) implements NodeAction {}

    /** Put the host back as it was, then {@link NodeCore#onHostRestored}. */
    record RestoreHost() implements NodeAction {}

    /** Ask the router for a port that leads to the tunnel's, or ask it no more. */
    record MapPort(boolean isAsked) implements NodeAction {}

    /** Find paths to the peers of this map. */
    record FollowPaths(NetMap map) implements NodeAction {}

    /**
     * Talk to a coordinator, whose events go to {@link NodeCore#onCoordination}, or {@link NodeCore#onCoordinationFailed}; none is talked
     * to before.
     */
    record StartCoordination(String url, String pin, NodeSettings settings, NodeStatus status) implements NodeAction {
        /** The same with a key that was to follow the node's; null for none. */
        public StartCoordination followedBy(@Nullable NodeKey next) {
            return new StartCoordination(url, pin, settings.followedBy(next), status);
        }
    }

    /** End that. */
    record StopCoordination() implements NodeAction {}

    /** Tell the coordinator. */
    record Report(NodeStatus status) implements NodeAction {}

    /**
     * Have the coordinator take this key for the node's.
     *
     * @param authKey lets the node in without a login; empty for none
     */
    record RotateTo(NodeKey key, String authKey) implements NodeAction {
        /** Without the key that lets it in. */
        @Override
        public String toString() {
            return "RotateTo[" + key + "]";
        }
    }

    /** Give the registration up. */
    record LogOut() implements NodeAction {}

    /** Keep it. */
    record Save(NodeFile file) implements NodeAction {}

    /** Keep it. */
    record SaveMap(KeptMap map) implements NodeAction {}

    /** Keep none. */
    record ForgetMap() implements NodeAction {}

    /** Tell those who wait for the node to run. */
    record Tell(UpEvent event) implements NodeAction {}

    /** Tell those who wait for the node to run that it will not by itself. */
    record TellRefused(String text) implements NodeAction {}

    /**
     * Tell those who wait for the logout that the node has left.
     *
     * @param trouble what is left to do, or null
     */
    record TellLeft(@Nullable String trouble) implements NodeAction {}

    /** The status is another one. */
    record StatusChanged() implements NodeAction {}
}
