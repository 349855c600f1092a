package io.penstock.node.host;

import io.penstock.ffm.ethtool.LinkFeatures;
import io.penstock.ffm.netlink.Addresses;
import io.penstock.ffm.netlink.IpNetwork;
import io.penstock.ffm.netlink.Link;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Routes;
import io.penstock.ffm.netlink.Rtnetlink;
import io.penstock.ffm.netlink.Rules;
import io.penstock.ffm.udp.Sockets;
import io.penstock.node.host.HostItem.Address;
import io.penstock.node.host.HostItem.Forwarding;
import io.penstock.node.host.HostItem.Mtu;
import io.penstock.node.host.HostItem.Nft;
import io.penstock.node.host.HostItem.Offload;
import io.penstock.node.host.HostItem.Route;
import io.penstock.node.host.HostItem.Rule;
import io.penstock.node.host.HostItem.Sysctl;
import io.penstock.node.host.HostItem.Up;
import io.penstock.node.route.Connected;
import io.penstock.node.route.Networks;
import io.penstock.node.route.Prefixes;
import io.penstock.node.route.RouteChoice;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel said of links, addresses, routes and rules at one moment; sysctls and features are read when they are asked for. So is
 * nftables, once and by a program that may fail or hang: only who asks for it has to do with that.
 */
final class LinuxView implements HostView {
    private static final Prefix LINK_LOCAL = Prefix.parse("fe80::/10");
    private static final Prefix MULTICAST = Prefix.parse("ff00::/8");

    private final Map<String, Link> links = new HashMap<>();
    private final Map<Integer, String> names = new HashMap<>();
    private final Set<HostItem> addresses = new HashSet<>();
    private final List<io.penstock.ffm.netlink.Address> hostAddresses;
    private final List<io.penstock.ffm.netlink.Route> routes;
    private final Map<HostItem, String> routeValues = new LinkedHashMap<>();
    private final List<Rule> rules = new ArrayList<>();
    private final LinkFeatures features;
    private final NftProgram nft;
    private @Nullable NftChains chains;
    private @Nullable IOException chainsFailure;

    LinuxView(
            List<Link> links,
            List<io.penstock.ffm.netlink.Address> addresses,
            List<io.penstock.ffm.netlink.Route> routes,
            List<io.penstock.ffm.netlink.Rule> rules,
            LinkFeatures features,
            NftProgram nft) {
        hostAddresses = addresses;
        this.routes = routes;
        this.features = features;
        this.nft = nft;
        for (Link link : links) {
            this.links.put(link.name(), link);
            names.put(link.index(), link.name());
        }
        for (io.penstock.ffm.netlink.Address address : addresses) {
            this.addresses.add(new Address(name(address.ifIndex()), prefix(address.network())));
        }
        for (io.penstock.ffm.netlink.Route route : routes) {
            routeValues.putIfAbsent(new Route(route.table(), prefix(route.destination())), value(route));
        }
        rules.stream().filter(LinuxView::hasOurShape).map(LinuxView::item).forEach(this.rules::add);
    }

    static LinuxView take(
            Links links, Addresses addresses, Routes routes, Rules rules, LinkFeatures features, NftProgram nft)
            throws IOException {
        List<io.penstock.ffm.netlink.Rule> all = new ArrayList<>(rules.list(Sockets.AF_INET));
        if (!ForwardingFiles.read(true).isEmpty()) { // without IPv6 the kernel tells the rules of all families
            all.addAll(rules.list(Sockets.AF_INET6));
        }
        return new LinuxView(links.list(), addresses.list(), routes.list(), all, features, nft);
    }

    /** Without the program nobody knows whether there is a table of ours. */
    private NftChains chains() throws IOException {
        if (chainsFailure != null) {
            throw chainsFailure; // a program that hangs is waited for once
        }
        if (chains == null) {
            try {
                chains = NftChains.parse(nft.chains());
            } catch (IOException e) {
                chainsFailure = e;
                throw e;
            }
        }
        return chains;
    }

    @Override
    public String read(HostItem item) throws IOException {
        return switch (item) {
            case Mtu(String name) -> {
                Link link = links.get(name);
                yield link == null ? HostItem.ABSENT : String.valueOf(link.mtu());
            }
            case Up(String name) -> {
                Link link = links.get(name);
                yield link == null ? HostItem.ABSENT : link.isUp() ? "up" : "down";
            }
            case Address address -> addresses.contains(address) ? HostItem.PRESENT : HostItem.ABSENT;
            case Route route -> routeValues.getOrDefault(route, HostItem.ABSENT);
            case Rule rule -> rules.contains(rule) ? HostItem.PRESENT : HostItem.ABSENT;
            case Nft() -> chains().digest();
            case Sysctl(String key) -> SysctlFiles.read(key);
            case Forwarding(boolean isV6) -> ForwardingFiles.read(isV6);
            case Offload(String link, String feature) -> readFeature(link, feature);
        };
    }

    @Override
    public Facts facts(HostSettings settings) throws IOException {
        String own = settings.interfaceName();
        List<String> uplinks = uplinks(settings);
        List<String> strict = new ArrayList<>();
        for (String uplink : uplinks) {
            if (sourceCheck(uplink) == 1) {
                strict.add(uplink);
            }
        }
        boolean hasNft = nft.isThere();
        String nftTrouble = "";
        NftChains seen = NftChains.NONE;
        if (hasNft && (settings.changesFirewall() || settings.forwards())) {
            try {
                seen = chains();
            } catch (IOException e) {
                nftTrouble = String.valueOf(e.getMessage());
            }
        }
        return new Facts(
                links.containsKey(own),
                hasIpv6(own),
                SysctlFiles.read("net.ipv6.conf.all.disable_ipv6").equals("0"),
                connected(own),
                uplinks,
                strict,
                Forwarding.ownPart(ForwardingFiles.read(true)).equals("1"),
                takesAdvertisements(own),
                leftovers(settings, seen),
                hasNft,
                nftTrouble,
                seen.dropping());
    }

    /** A link whose MTU is too small has no settings of IPv6 at all; what it would have then counts. */
    private static boolean hasIpv6(String link) throws IOException {
        String value = SysctlFiles.read(Sysctl.of(true, link, "disable_ipv6").key());
        return (value.isEmpty()
                        ? SysctlFiles.read(
                                Sysctl.of(true, "default", "disable_ipv6").key())
                        : value)
                .equals("0");
    }

    private String readFeature(String link, String feature) throws IOException {
        if (!links.containsKey(link)) {
            return HostItem.ABSENT;
        }
        return switch (features.get(link, feature)) {
            case ON -> "on";
            case OFF -> "off";
            case FIXED -> HostItem.ABSENT;
        };
    }

    /** Networks on links: what the main table sends to a link without a gateway. */
    private List<Connected> connected(String own) {
        return routes.stream()
                .filter(route -> route.table() == HostPlan.MAIN_TABLE
                        && route.type() == Rtnetlink.RTN_UNICAST
                        && route.gateway() == null
                        && route.oif() != 0
                        && !name(route.oif()).equals(own))
                .map(route -> new Connected(prefix(route.destination()), name(route.oif())))
                .filter(network -> network.prefix().length() > 0
                        && !Prefixes.contains(LINK_LOCAL, network.prefix())
                        && !Prefixes.contains(MULTICAST, network.prefix()))
                .distinct()
                .toList();
    }

    @Override
    public Networks networks(String own) {
        List<Prefix> alone = hostAddresses.stream()
                .filter(address -> !name(address.ifIndex()).equals(own))
                .map(address -> address.network().address())
                .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .map(address -> prefix(new IpNetwork(address, 8 * address.getAddress().length)))
                .distinct()
                .sorted(RouteChoice.ORDER) // the kernel's order tells nothing
                .toList();
        return new Networks(connected(own), alone, ways(own));
    }

    private List<String> ways(String own) {
        return routes.stream()
                .filter(route -> route.table() == HostPlan.MAIN_TABLE
                        && route.type() == Rtnetlink.RTN_UNICAST
                        && route.destination().length() == 0
                        && !name(route.oif()).equals(own))
                .map(route -> (route.destination().isV6() ? "IPv6" : "IPv4")
                        + (route.gateway() == null
                                ? ""
                                : " via " + route.gateway().getHostAddress())
                        + " by " + name(route.oif()) + " metric " + route.metric())
                .sorted()
                .toList();
    }

    private List<String> uplinks(HostSettings settings) {
        if (!settings.uplinks().isEmpty()) {
            return settings.uplinks().stream().filter(links::containsKey).toList();
        }
        return routes.stream()
                .filter(route -> route.table() == HostPlan.MAIN_TABLE
                        && route.type() == Rtnetlink.RTN_UNICAST
                        && route.destination().length() == 0
                        && route.oif() != 0)
                .map(route -> name(route.oif()))
                .filter(name -> !name.equals(settings.interfaceName()))
                .distinct()
                .toList();
    }

    /** The stricter of the host's and the link's {@code rp_filter} in the kernel's order of them: the larger number. */
    private static int sourceCheck(String link) throws IOException {
        int strictest = 0;
        for (String name : List.of("all", link)) {
            String value = SysctlFiles.read(Sysctl.of(false, name, "rp_filter").key());
            strictest = Math.max(strictest, value.isEmpty() ? 0 : Integer.parseInt(value));
        }
        return strictest;
    }

    private List<String> takesAdvertisements(String own) throws IOException {
        List<String> result = new ArrayList<>();
        for (String link : ForwardingFiles.links(true)) {
            if (links.containsKey(link)
                    && !link.equals(own)
                    && !link.equals("lo")
                    && SysctlFiles.read(Sysctl.of(true, link, "accept_ra").key())
                            .equals("1")
                    && SysctlFiles.read(Sysctl.of(true, link, "disable_ipv6").key())
                            .equals("0")) {
                result.add(link);
            }
        }
        return result;
    }

    private List<HostItem> leftovers(HostSettings settings, NftChains seen) {
        List<Integer> tables = List.of(settings.table(), settings.exitTable());
        List<HostItem> leftovers = new ArrayList<>();
        routeValues.keySet().stream()
                .filter(item -> item instanceof Route route && tables.contains(route.table()))
                .forEach(leftovers::add);
        rules.stream()
                .filter(rule -> tables.contains(rule.table()) || isOurRuleOfMain(rule, settings))
                .forEach(leftovers::add);
        if (settings.changesFirewall() && !seen.digest().isEmpty()) {
            leftovers.add(new Nft());
        }
        return leftovers;
    }

    private static boolean isOurRuleOfMain(Rule rule, HostSettings settings) {
        return rule.priority() == settings.rulePriority() + 1
                && rule.table() == HostPlan.MAIN_TABLE
                && rule.mark() == settings.fwmark()
                && rule.mask() == settings.fwmarkMask();
    }

    private String value(io.penstock.ffm.netlink.Route route) {
        return switch (route.type()) {
            case Rtnetlink.RTN_UNICAST -> Route.dev(name(route.oif()));
            case Rtnetlink.RTN_THROW -> Route.THROW;
            case Rtnetlink.RTN_UNREACHABLE -> Route.UNREACHABLE;
            default -> "type " + route.type();
        };
    }

    private static boolean hasOurShape(io.penstock.ffm.netlink.Rule rule) {
        return rule.isInverted() && rule.mask() != 0 && rule.from() == null && rule.to() == null;
    }

    private static Rule item(io.penstock.ffm.netlink.Rule rule) {
        return new Rule(
                rule.family() == Sockets.AF_INET6,
                rule.priority(),
                rule.table(),
                rule.mark(),
                rule.mask(),
                rule.suppressPrefixLength() == 0);
    }

    private String name(int index) {
        return names.getOrDefault(index, "link " + index);
    }

    private static Prefix prefix(IpNetwork network) {
        return Prefix.parse(network.toString());
    }
}
