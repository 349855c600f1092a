package io.penstock.node.host;

import static io.penstock.node.host.HostItem.PRESENT;

import io.penstock.node.host.HostItem.Address;
import io.penstock.node.host.HostItem.Forwarding;
import io.penstock.node.host.HostItem.Mtu;
import io.penstock.node.host.HostItem.Nft;
import io.penstock.node.host.HostItem.Offload;
import io.penstock.node.host.HostItem.Route;
import io.penstock.node.host.HostItem.Rule;
import io.penstock.node.host.HostItem.Sysctl;
import io.penstock.node.host.HostItem.Up;
import io.penstock.node.host.HostView.Facts;
import io.penstock.node.route.Connected;
import io.penstock.node.route.Prefixes;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;

/** The values that settings ask for, in the order in which they are set: protection first, the rules that send traffic here last. Pure. */
final class Wanted {
    private static final String LOOSE = "2"; // rp_filter: some route leads back to the source, by whichever link
    private static final String ROUTERS_TOO = "2"; // accept_ra: also while forwarding
    private static final int MIN_IPV6_MTU_BYTES = 1280; // RFC 8200 section 5

    private final HostSettings settings;
    private final Facts facts;
    private final Journal journal;
    private final boolean hasIpv6;

    /** Whether IPv6 is routed at all: with an exit node it must not leave past it even where the tunnel has none. */
    private final boolean routesIpv6;

    private final SequencedMap<HostItem, String> values = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();
    private String nftScript = "";

    private Wanted(HostSettings settings, Facts facts, Journal journal) {
        this.settings = settings;
        this.facts = facts;
        this.journal = journal;
        hasIpv6 = facts.hasIpv6() && settings.mtuBytes() >= MIN_IPV6_MTU_BYTES;
        routesIpv6 = hasIpv6 || (settings.usesExitNode() && facts.hostHasIpv6());
    }

    /**
     * Works out what is wanted.
     *
     * @throws IOException if the host lacks what is needed, with the cure
     */
    static Wanted of(HostSettings settings, Facts facts, Journal journal) throws IOException {
        Wanted wanted = new Wanted(settings, facts, journal);
        wanted.collect();
        if (settings.changesFirewall() && !wanted.isSet(new Nft())) {
            if (!facts.hasNft()) {
                throw new IOException("the program nft is in none of " + NftProgram.PLACES
                        + ": install the package nftables, or have the firewall left alone");
            }
            if (!facts.nftTrouble().isEmpty()) {
                throw new IOException(facts.nftTrouble() + ": mend that, or have the firewall left alone");
            }
        }
        return wanted;
    }

    /** Whether we have set a thing to what is wanted, and nothing else since. */
    boolean isSet(HostItem item) {
        Journal.Entry known = journal.find(item);
        return known != null && known.ours().equals(List.of(values.getOrDefault(item, HostItem.ABSENT)));
    }

    SequencedMap<HostItem, String> values() {
        return values;
    }

    List<String> notes() {
        return notes;
    }

    String scriptOf(HostItem item) {
        return item instanceof Nft ? nftScript : "";
    }

    private void collect() {
        noteWhatIsLeftOut();
        String link = settings.interfaceName();
        values.put(new Mtu(link), String.valueOf(settings.mtuBytes()));
        for (Prefix address : usable(settings.addresses())) {
            values.put(new Address(link, address), PRESENT);
        }
        values.put(new Up(link), "up");
        if (settings.changesFirewall()) {
            String chains = NftRules.chains(settings);
            values.put(new Nft(), NftRules.digest(chains));
            nftScript = NftRules.script(chains);
        }
        if (settings.changesSysctl()) {
            sysctls();
        }
        if (settings.changesOffload() && settings.forwards()) {
            for (String uplink : facts.uplinks()) {
                values.put(new Offload(uplink, "rx-gro-list"), "off"); // the kernel prefers it where both are on
                values.put(new Offload(uplink, "rx-udp-gro-forwarding"), "on");
            }
        }
        routes();
        rules();
    }

    private void noteWhatIsLeftOut() {
        if (!hasIpv6) {
            long count = Stream.of(settings.addresses(), settings.routes())
                    .flatMap(List::stream)
                    .filter(Prefix::isV6)
                    .count();
            if (count > 0) {
                String why = facts.hasIpv6()
                        ? "an MTU of " + settings.mtuBytes() + " is below the 1280 that it needs"
                        : "it is disabled at this host";
                notes.add("IPv6 addresses and routes (" + count + ") are left out: " + why + ".");
            }
        }
        if (settings.forwards()) {
            if (!facts.nftTrouble().isEmpty()) {
                notes.add(
                        "Whether a chain of others drops what is forwarded is not known: " + facts.nftTrouble() + ".");
            }
            for (String chain : facts.dropping()) {
                notes.add("Chain " + chain + " drops what is forwarded unless one of its rules accepts it:"
                        + " it needs rules that accept what comes from and goes to " + settings.interfaceName() + ".");
            }
        }
        if (settings.usesExitNode() && !settings.changesFirewall()) {
            notes.add(
                    "The firewall is left alone, so who comes to this host from outside is answered through the exit node,"
                            + " and a peer's packets may be dropped where rp_filter is 1.");
        }
        if (settings.forwards() && settings.changesOffload() && facts.uplinks().isEmpty()) {
            notes.add("No uplink was found, so offloads are left as they are.");
        }
    }

    private boolean checksSources() {
        return settings.usesExitNode() && !facts.strictUplinks().isEmpty();
    }

    private void sysctls() {
        values.put(Sysctl.of(false, settings.interfaceName(), "rp_filter"), LOOSE);
        if (checksSources()) {
            for (String uplink : facts.strictUplinks()) {
                values.put(Sysctl.of(false, uplink, "src_valid_mark"), "1");
            }
        }
        if (forwards(false)) {
            values.put(new Forwarding(false), "1");
        }
        if (forwards(true)) {
            keepAdvertisements();
            values.put(new Forwarding(true), "1");
        }
    }

    /**
     * A router takes no router advertisements, and forgets at once the routers that it knew, unless a link is told to take them all the
     * same. Where somebody else has made this host a router it does not take them, and that is not ours to change.
     */
    private void keepAdvertisements() {
        if (facts.isIpv6Router() && journal.find(new Forwarding(true)) == null) {
            return;
        }
        for (String link : facts.takesAdvertisements()) {
            values.put(Sysctl.of(true, link, "accept_ra"), ROUTERS_TOO);
        }
        for (HostItem item : journal.items()) {
            if (item instanceof Sysctl(String key) && key.startsWith("net.ipv6.") && key.endsWith(".accept_ra")) {
                values.put(item, ROUTERS_TOO);
            }
        }
    }

    private boolean forwards(boolean isV6) {
        return (!isV6 || hasIpv6) && settings.advertised().stream().anyMatch(prefix -> prefix.isV6() == isV6);
    }

    private void routes() {
        int table = settings.table();
        List<Prefix> routes = new ArrayList<>();
        for (Prefix route : usable(settings.routes())) {
            Optional<Connected> network = connectedAround(route);
            if (network.isEmpty()) {
                routes.add(route);
            } else { // it would take the host from its own network, and its operator from it
                notes.add("Route " + route + " is left out: it lies within "
                        + network.get().prefix() + ", which this host is connected to, at "
                        + network.get().interfaceName() + '.');
            }
        }
        // Exceptions first, so that at no moment a wider route takes what they keep out.
        for (Prefix exception : exceptions(routes)) {
            values.put(new Route(table, exception), Route.THROW);
        }
        for (Prefix route : routes) {
            if (Prefixes.isDefault(route)) {
                continue;
            }
            if (isBypassed(route)) {
                notes.add("Route " + route + " is left out: the coordinator or a relay has this address.");
            } else {
                values.put(new Route(table, route), Route.dev(settings.interfaceName()));
            }
        }
        if (!settings.usesExitNode()) {
            return;
        }
        for (Prefix exception : settings.bypass()) {
            if (routesIpv6 || !exception.isV6()) {
                values.put(new Route(settings.exitTable(), exception), Route.THROW);
            }
        }
        for (boolean isV6 : families()) {
            Prefix all = isV6 ? Prefix.v6(0, 0, 0) : Prefix.v4(0, 0);
            // A family that the exit node does not take would leave past it.
            values.put(
                    new Route(settings.exitTable(), all),
                    routes.contains(all) ? Route.dev(settings.interfaceName()) : Route.UNREACHABLE);
        }
    }

    private Optional<Connected> connectedAround(Prefix route) {
        return facts.connected().stream()
                .filter(network -> !Prefixes.isDefault(network.prefix()) && Prefixes.contains(network.prefix(), route))
                .findFirst();
    }

    private boolean isBypassed(Prefix route) {
        return settings.bypass().stream().anyMatch(bypass -> Prefixes.contains(bypass, route));
    }

    /** What lies within a route and still does not go through the tunnel. */
    private List<Prefix> exceptions(List<Prefix> routes) {
        return Stream.of(
                        facts.connected().stream().map(Connected::prefix),
                        settings.advertised().stream(),
                        settings.bypass().stream())
                .flatMap(prefixes -> prefixes)
                .filter(prefix -> !Prefixes.isDefault(prefix) && (hasIpv6 || !prefix.isV6()))
                .filter(prefix -> !routes.contains(prefix) || isBypassed(prefix))
                .filter(prefix -> routes.stream()
                        .anyMatch(route -> !Prefixes.isDefault(route) && Prefixes.contains(route, prefix)))
                .distinct()
                .toList();
    }

    private void rules() {
        for (boolean isV6 : families()) {
            values.put(rule(isV6, 0, settings.table(), false), PRESENT);
            if (settings.usesExitNode()) {
                // What the host has a route for stays as it is; only what would take its default route goes to the exit
                // node.
                values.put(rule(isV6, 1, HostPlan.MAIN_TABLE, true), PRESENT);
                values.put(rule(isV6, 2, settings.exitTable(), false), PRESENT);
            }
        }
    }

    private Rule rule(boolean isV6, int place, int table, boolean suppressesDefault) {
        return new Rule(
                isV6,
                settings.rulePriority() + place,
                table,
                settings.fwmark(),
                settings.fwmarkMask(),
                suppressesDefault);
    }

    private List<Prefix> usable(List<Prefix> prefixes) {
        return prefixes.stream().filter(prefix -> hasIpv6 || !prefix.isV6()).toList();
    }

    private boolean[] families() {
        return routesIpv6 ? new boolean[] {false, true} : new boolean[] {false};
    }
}
