package io.penstock.node.path.core;

import io.penstock.protocol.message.DerpMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Measures the relays of a map without a tunnel, with a node's own {@link NetCheck}, and chooses a home as a node does, so that what
 * {@code penstock netcheck} says is what a node here would do. One look after the other; earlier ones count for the choice.
 *
 * <p>Pure; after each call its owner performs what {@link #poll} gives, and calls {@link #onTime} when {@link #leftNs} is over.
 */
public final class RegionSurvey {
    private final Entropy entropy;
    private final Queue<PathAction> actions = new ArrayDeque<>();
    private final StunNames names = new StunNames(actions);
    private final HomeChoice choice = new HomeChoice();
    private final RelayMapView relays;
    private @Nullable NetCheck check;
    private CheckReport report = CheckReport.NOTHING;

    /**
     * Of one map.
     *
     * @param home the region that is home already; 0 for none
     */
    public RegionSurvey(DerpMap map, int home, Entropy entropy) {
        this.entropy = entropy;
        relays = RelayMapView.of(map);
        choice.setScores(relays.scores());
        if (relays.regions().containsKey(home)) {
            choice.assume(home);
        }
    }

    /** Looks, from here on; {@code hasV6}: at IPv6 as well. */
    public void start(boolean hasV6, long nowNs) {
        Set<Integer> regions = new TreeSet<>(relays.regions().keySet());
        regions.removeIf(region -> !relays.isMeasured(region, choice.home()));
        check = new NetCheck(relays, regions, regions.size(), hasV6, names, entropy, actions, nowNs);
        goOn(nowNs);
    }

    /** Whether it was an answer to a request of its own. */
    public boolean onStun(Endpoint source, byte[] datagram, long nowNs) {
        boolean isOurs = check != null && check.onStun(source, datagram, nowNs);
        goOn(nowNs);
        return isOurs;
    }

    public void onResolved(String hostName, List<Endpoint> addresses, long nowNs) {
        names.onResolved(hostName, addresses, nowNs);
    }

    public void onConnectTime(int region, long ns, long nowNs) {
        if (check != null) {
            check.onConnectTime(region, ns, nowNs);
            goOn(nowNs);
        }
    }

    public void onTime(long nowNs) {
        if (check != null) {
            check.onTime(nowNs);
            goOn(nowNs);
        }
    }

    private void goOn(long nowNs) {
        CheckReport found = check == null ? null : check.report();
        if (found != null) {
            check = null;
            report = found;
            choice.choose(found, false, false, nowNs);
        }
    }

    /** Whether the look has ended. */
    public boolean isDone() {
        return check == null;
    }

    /** What the last look found. */
    public CheckReport report() {
        return report;
    }

    /** The region that a node would be at home in; 0 if there is none that answers. */
    public int home() {
        return choice.home();
    }

    /** What to do next, until null. */
    public @Nullable PathAction poll() {
        return actions.poll();
    }

    /** Nanoseconds until {@link #onTime} has something to do; {@code Long.MAX_VALUE} if never. */
    public long leftNs(long nowNs) {
        return check == null ? Long.MAX_VALUE : check.leftNs(nowNs);
    }
}
