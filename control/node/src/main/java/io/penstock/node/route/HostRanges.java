package io.penstock.node.route;

import io.penstock.wireguard.route.Prefix;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a host keeps for itself whatever peers offer: networks that it is connected to or serves, and its own addresses in the overlay.
 * Immutable.
 */
final class HostRanges {
    /**
     * Why a prefix leads to no peer.
     *
     * @param why as the end of a sentence
     * @param isOverlap whether the same addresses are in use on both sides
     */
    record Refusal(String why, boolean isOverlap) {}

    private final Collection<Prefix> addresses;
    private final List<Prefix> served;
    private final List<Connected> connected;

    /**
     * Takes what there is.
     *
     * @param addresses of the node in the overlay
     * @param served by the node to others; exit routes among them do not count
     * @param connected what the host is connected to, the tunnel's interface left out
     */
    HostRanges(Collection<Prefix> addresses, Collection<Prefix> served, Collection<Connected> connected) {
        this.addresses = List.copyOf(addresses);
        this.served =
                served.stream().filter(prefix -> !Prefixes.isDefault(prefix)).toList();
        this.connected = connected.stream()
                .filter(network -> !Prefixes.isDefault(network.prefix()))
                .toList();
    }

    boolean isOwnAddress(Prefix prefix) {
        return addresses.contains(prefix);
    }

    /** The network at this host in which all of it lies. */
    Optional<Connected> connectedAround(Prefix prefix) {
        return connected.stream()
                .filter(network -> Prefixes.contains(network.prefix(), prefix))
                .findFirst();
    }

    /**
     * Why a route is not taken, or null.
     *
     * @param isPartOfServed whether it may be part of what the node serves, as with a hub
     */
    @Nullable Refusal refusal(Prefix prefix, boolean isPartOfServed) {
        if (!Prefixes.isRoutable(prefix)) {
            return new Refusal("such addresses are not routed", false);
        }
        Optional<Prefix> around = served.stream()
                .filter(own -> own.equals(prefix) || (Prefixes.contains(own, prefix) && !isPartOfServed))
                .findFirst();
        if (around.isPresent()) {
            return new Refusal(
                    around.get().equals(prefix)
                            ? "it is served by this node itself"
                            : around.get() + ", in which it lies, is served by this node itself; a hub takes it if"
                                    + " accept-routes names " + around.get(),
                    false);
        }
        Optional<Connected> network = connectedAround(prefix);
        if (network.isPresent()) {
            String which = network.get().prefix().equals(prefix)
                    ? "this host is connected to it"
                    : "it lies within " + network.get().prefix() + ", which this host is connected to";
            return new Refusal(which + ", at " + network.get().interfaceName(), true);
        }
        return isOwnAddress(prefix) ? new Refusal("it is this node's own address", false) : null;
    }
}
