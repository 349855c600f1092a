package io.penstock.node.path.core;

import io.penstock.node.core.Deadline;
import io.penstock.node.portmap.core.PortMapKind;
import io.penstock.node.portmap.core.PortMapView;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.NetInfo;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Where we are: the addresses that peers may reach us at, and our home relay. Owned by {@link PathCore}. */
final class OwnEndpoints {
    /** NATs that forget after 20 s are not rare, so what they gave us before is not told as if it were ours. */
    static final long FRESH_NS = 15_000_000_000L;

    private static final long AGAIN_LEAST_NS = 20_000_000_000L;
    private static final long AGAIN_SPREAD_NS = 6_000_000_000L;
    private static final long AGAIN_MOST_NS = 27_000_000_000L;
    private static final long WHOLE_NS = 300_000_000_000L;
    private static final long MAPPED_LIFETIME_NS = 310_000_000_000L;
    private static final int MAX_MAPPED_OF_ADDRESS = 6;
    private static final int MAX_MAPPED = 24;
    private static final int FASTEST = 3;

    private final PathSettings settings;
    private final DiscoKey disco;
    private final AddressRules rules;
    private final Entropy entropy;
    private final Queue<PathAction> actions;
    private final StunNames names;
    private final HomeChoice choice = new HomeChoice();
    private final Map<Endpoint, Long> mapped = new LinkedHashMap<>(); // when a server saw us there last
    private final Deadline again = new Deadline();

    private RelayMapView relays = RelayMapView.EMPTY;
    private List<Endpoint> local = List.of();
    private boolean hasV6Stack; // of the system
    private boolean hasLocal;
    private PortMapView portMap = PortMapView.NOTHING;
    private int port;
    private @Nullable NetCheck check;
    private CheckReport last = CheckReport.NOTHING;
    private boolean isChecked;
    private long checkedNs;
    private boolean isWholeDone;
    private long wholeNs;
    private final Set<Integer> heard = new HashSet<>(); // regions with a connection
    private final Set<Integer> down = new HashSet<>(); // regions to which there should be one, and is none
    private @Nullable PathStatus told;

    OwnEndpoints(
            PathSettings settings, DiscoKey disco, AddressRules rules, Entropy entropy, Queue<PathAction> actions) {
        this.settings = settings;
        this.disco = disco;
        this.rules = rules;
        this.entropy = entropy;
        this.actions = actions;
        names = new StunNames(actions);
    }

    int home() {
        return choice.home();
    }

    void onRelays(DerpMap map, long nowNs) {
        RelayMapView news = RelayMapView.of(map);
        if (news.equals(relays)) {
            return;
        }
        relays = news;
        names.clear();
        choice.setScores(news.scores());
        if (choice.home() != 0 && !news.isMeasured(choice.home(), choice.home())) {
            choice.forgetHome();
            actions.add(new PathAction.UseHome(0));
        }
        isWholeDone = false;
        start(nowNs);
    }

    void onPort(int newPort, long nowNs) {
        if (newPort == port) {
            return;
        }
        port = newPort;
        mapped.clear();
        if (port == 0) {
            check = null;
            again.clear();
        } else {
            start(nowNs);
        }
    }

    /** The host's addresses, with any port; {@code hasV6Stack}: its system knows IPv6. */
    void onLocal(List<Endpoint> addresses, boolean hasV6Stack, long nowNs) {
        this.hasV6Stack = hasV6Stack;
        if (hasLocal && addresses.equals(local)) {
            return;
        }
        local = List.copyOf(addresses);
        boolean isFirst = !hasLocal;
        hasLocal = true;
        if (isFirst) {
            start(nowNs);
        } else {
            tell();
        }
    }

    /** What the router has been asked for, and gave. */
    void onPortMap(PortMapView news) {
        portMap = news;
        tell();
    }

    /** Another network: what servers saw was the old one. */
    void onLinkChanged(long nowNs) {
        mapped.clear();
        choice.forgetHistory();
        isWholeDone = false;
        start(nowNs);
    }

    /** Whether there is a connection to the relay of a region. */
    void onRelay(int region, boolean isUp, long nowNs) {
        if (isUp) {
            heard.add(region);
            down.remove(region);
            return;
        }
        heard.remove(region);
        if (down.add(region) && region == choice.home()) {
            isWholeDone = false;
            refresh(nowNs);
        }
    }

    /** What is inside the tunnel has changed. */
    void onRules() {
        if (isChecked) {
            tell();
        }
    }

    boolean isFresh(long nowNs) {
        return isChecked && check == null && nowNs - checkedNs < FRESH_NS;
    }

    /** Looks again, if nobody is looking. */
    void refresh(long nowNs) {
        if (check == null) {
            start(nowNs);
        }
    }

    /** There is traffic: the look is repeated while there is. */
    void onActive(long nowNs) {
        if (check == null && (!isChecked || nowNs - checkedNs >= AGAIN_MOST_NS)) {
            start(nowNs);
        } else if (check == null && !again.isSet()) {
            scheduleAgain(nowNs);
        }
    }

    private void scheduleAgain(long nowNs) {
        long spreadNs = (long) (0x1p-32 * Integer.toUnsignedLong(entropy.nextInt()) * AGAIN_SPREAD_NS);
        again.set(nowNs + AGAIN_LEAST_NS + spreadNs);
    }

    private void start(long nowNs) {
        again.clear();
        if (port == 0 || !hasLocal || relays.regions().isEmpty()) {
            check = null;
            return;
        }
        boolean isWhole = !isWholeDone || !last.isUdpOpen() || nowNs - wholeNs >= WHOLE_NS;
        Set<Integer> regions = new TreeSet<>();
        if (isWhole) {
            regions.addAll(relays.regions().keySet());
        } else {
            regions.addAll(last.fastest(FASTEST));
            regions.add(choice.home());
        }
        regions.removeIf(region -> !relays.isMeasured(region, choice.home()));
        if (isWhole) {
            isWholeDone = true;
            wholeNs = nowNs;
        }
        boolean hasV6 = local.stream().anyMatch(address -> address.isV6() && rules.canBeOwn(withPort(address, port)));
        int expected = regions.size() - (down.contains(choice.home()) ? 1 : 0); // without a home nobody waits for it
        check = new NetCheck(relays, regions, expected, hasV6, names, entropy, actions, nowNs);
    }

    /** Whether it was an answer to a request of ours. */
    boolean onStun(Endpoint source, byte[] datagram, long nowNs) {
        return check != null && check.onStun(source, datagram, nowNs);
    }

    void onResolved(String hostName, List<Endpoint> addresses, long nowNs) {
        names.onResolved(hostName, addresses, nowNs);
    }

    void onConnectTime(int region, long ns, long nowNs) {
        if (check != null) {
            check.onConnectTime(region, ns, nowNs);
        }
    }

    /**
     * Goes on.
     *
     * @param isActive whether there is traffic with anybody
     * @return whether a look has just ended
     */
    boolean onTime(boolean isActive, long nowNs) {
        if (check == null) {
            if (again.take(nowNs)) {
                if (isActive || choice.home() == 0) {
                    start(nowNs);
                }
            }
            if (check == null) {
                return false;
            }
        }
        check.onTime(nowNs);
        CheckReport report = check.report();
        if (report == null) {
            return false;
        }
        check = null;
        onReport(report, nowNs);
        scheduleAgain(nowNs);
        return true;
    }

    private void onReport(CheckReport report, long nowNs) {
        last = report;
        isChecked = true;
        checkedNs = nowNs;
        for (Endpoint endpoint : report.mapped()) {
            mapped.remove(endpoint); // so that the latest is the last
            mapped.put(endpoint, nowNs);
        }
        mapped.values().removeIf(seenNs -> nowNs - seenNs > MAPPED_LIFETIME_NS);
        while (mapped.size() > MAX_MAPPED) {
            mapped.remove(mapped.keySet().iterator().next());
        }
        int before = choice.home();
        int home = choice.choose(report, heard.contains(before), down.contains(before), nowNs);
        if (home != before) {
            actions.add(new PathAction.UseHome(home));
        }
        tell();
    }

    private void tell() {
        if (!isChecked) {
            return; // peers would be told that we have no home relay, which is not known yet
        }
        Map<Endpoint, Integer> endpoints = endpoints();
        PathStatus status =
                new PathStatus(List.copyOf(endpoints.keySet()), List.copyOf(endpoints.values()), netInfo(), disco);
        if (told == null || status.isNews(told)) {
            told = status;
            actions.add(new PathAction.StatusChanged(status));
        }
    }

    /** What a call tells. */
    List<Endpoint> forCall() {
        List<Endpoint> endpoints = new ArrayList<>(endpoints().keySet());
        return endpoints.subList(0, Math.min(Candidates.MAX_OF_LIST, endpoints.size()));
    }

    private Map<Endpoint, Integer> endpoints() {
        Map<Endpoint, Integer> all = new LinkedHashMap<>();
        if (port == 0) {
            return all;
        }
        Endpoint external = portMap.external();
        if (external != null && rules.canBeOwn(external)) {
            all.put(external, MapRequest.ENDPOINT_PORT_MAPPED); // whoever sends there comes in
        }
        Map<Endpoint, Integer> ofAddress = new LinkedHashMap<>();
        for (Endpoint endpoint : List.copyOf(mapped.keySet()).reversed()) { // the latest first
            int count = ofAddress.merge(withPort(endpoint, 0), 1, Integer::sum);
            if (count <= MAX_MAPPED_OF_ADDRESS && rules.canBeOwn(endpoint)) {
                all.putIfAbsent(endpoint, MapRequest.ENDPOINT_STUN);
            }
        }
        if (Boolean.TRUE.equals(last.mappingVaries())) {
            for (Endpoint endpoint : last.mapped()) {
                Endpoint guess = withPort(endpoint, port);
                if (!endpoint.isV6() && rules.canBeOwn(guess)) {
                    all.putIfAbsent(guess, MapRequest.ENDPOINT_STUN_LOCAL_PORT);
                }
            }
        }
        settings.explicitEndpoints().forEach(endpoint -> all.put(endpoint, MapRequest.ENDPOINT_EXPLICIT));
        for (Endpoint address : local) {
            Endpoint endpoint = withPort(address, port);
            if (rules.canBeOwn(endpoint)) {
                all.putIfAbsent(endpoint, MapRequest.ENDPOINT_LOCAL);
            }
        }
        return all;
    }

    private static Endpoint withPort(Endpoint endpoint, int port) {
        return endpoint.isV6()
                ? Endpoint.v6(endpoint.high(), endpoint.low(), port, 0)
                : Endpoint.v4((int) endpoint.low(), port);
    }

    private NetInfo netInfo() {
        Map<String, Double> latency = new TreeMap<>();
        last.v4().forEach((region, ns) -> latency.put(region + "-v4", ns / 1e9));
        last.v6().forEach((region, ns) -> latency.put(region + "-v6", ns / 1e9));
        boolean isAsked = !portMap.isSearching() && !portMap.equals(PortMapView.NOTHING);
        return NetInfo.builder()
                .havePortMap(portMap.external() != null)
                .upnp(isAsked ? (Boolean) portMap.there().contains(PortMapKind.UPNP) : null)
                .pmp(isAsked ? (Boolean) portMap.there().contains(PortMapKind.NAT_PMP) : null)
                .pcp(isAsked ? (Boolean) portMap.there().contains(PortMapKind.PCP) : null)
                .mappingVariesByDestIp(last.mappingVaries())
                .workingIpv6(last.isUdpTried() ? (Boolean) !last.v6().isEmpty() : null)
                .osHasIpv6(hasV6Stack)
                .workingUdp(last.isUdpTried() ? (Boolean) last.isUdpOpen() : null)
                .preferredDerp(choice.home())
                .derpLatency(latency)
                .build();
    }

    long leftNs(long nowNs) {
        return Math.min(again.leftNs(nowNs), check == null ? Long.MAX_VALUE : check.leftNs(nowNs));
    }
}
