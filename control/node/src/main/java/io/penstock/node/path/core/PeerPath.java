package io.penstock.node.path.core;

import io.penstock.node.core.Deadline;
import io.penstock.protocol.disco.DiscoMessage.Ping;
import io.penstock.protocol.disco.DiscoMessage.Pong;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.stun.TransactionId;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Finds the path to one peer and watches it: a direct one as soon as one works, its relay while none does. Nothing is sent while
 * there is no traffic. Owned by {@link PathCore}, which drains it.
 */
final class PeerPath {
    static final long HEARTBEAT_NS = 3_000_000_000L;
    static final long TRUST_NS = 6_500_000_000L;
    static final long SESSION_NS = 45_000_000_000L;
    static final long PING_TIMEOUT_NS = 5_000_000_000L;
    static final long PING_GAP_NS = 5_000_000_000L;
    static final long UPGRADE_NS = 60_000_000_000L;
    static final long GOOD_ENOUGH_NS = 5_000_000L;

    /** A call makes us send a ping to each address in it, so they do not follow each other as fast as somebody may like. */
    static final long CALL_GAP_NS = 1_000_000_000L;

    /** For an answer after a change of our network: longer than any round trip, shorter than anybody likes to wait. */
    static final long DOUBT_NS = 1_000_000_000L;

    private static final int MAX_PINGS_UNDER_WAY = 4 * Candidates.MAX;
    private static final long NO_NUMBER = 0;

    /** A ping under way; {@code candidate} is null for one through the relay. */
    private record SentPing(@Nullable Candidate candidate, int region, long sentNs, long number) {}

    private final NodeKey key;
    private final long relayId;
    private final Entropy entropy;
    private final AddressRules rules;
    private final Candidates candidates = new Candidates();
    private final Map<TransactionId, SentPing> pings = new LinkedHashMap<>(); // the oldest first
    private final Queue<PeerAction> actions = new ArrayDeque<>(); // drained after each input

    private DiscoKey disco = DiscoKey.ZERO;
    private NodeKey own = NodeKey.ZERO;
    private int homeRegion;
    private int seenRegion; // where it was heard last
    private boolean isRelayDown;
    private boolean isPlain; // speaks WireGuard and nothing else

    private @Nullable Candidate best;
    private final Deadline trust = new Deadline(); // of best; cleared when it is over
    private @Nullable Endpoint used;
    private long usedSinceNs;
    private long relayLatencyNs = -1;

    private boolean isActive;
    private long lastTrafficNs;
    private final Deadline beat = new Deadline(); // set while active
    private boolean hasSearched;
    private long lastSearchNs;
    private boolean wasCalled;
    private long lastCalledNs;
    private boolean hasCalled;
    private long lastCallNs;

    PeerPath(NodeKey key, long relayId, Entropy entropy, AddressRules rules) {
        this.key = key;
        this.relayId = relayId;
        this.entropy = entropy;
        this.rules = rules;
    }

    NodeKey key() {
        return key;
    }

    DiscoKey disco() {
        return disco;
    }

    /** Number of the endpoint that stands for its relay. */
    long relayId() {
        return relayId;
    }

    /** Where it is reached by relay, 0 for nowhere. */
    int region() {
        return homeRegion != 0 ? homeRegion : seenRegion;
    }

    boolean isActive() {
        return isActive;
    }

    @Nullable PeerAction poll() {
        return actions.poll();
    }

    /**
     * What the map says of it.
     *
     * @param own our node key, which pings name
     */
    void onNode(DiscoKey newDisco, int newHome, List<Endpoint> endpoints, boolean plain, NodeKey own, long nowNs) {
        boolean isRestarted = !newDisco.equals(disco);
        this.own = own;
        disco = newDisco;
        homeRegion = newHome;
        isPlain = plain;
        boolean isMoved = candidates.setMapped(endpoints, rules, best, nowNs);
        if (isRestarted) {
            candidates.restart();
            forgetBest();
            pings.clear();
            hasSearched = false;
            wasCalled = false;
        }
        if (isActive && (isRestarted || (isMoved && !isTrusted(nowNs)))) {
            search(nowNs, true);
        }
        choose(nowNs);
    }

    /** The map's endpoints may mean something else, since what is inside the tunnel has changed. */
    void onRules(List<Endpoint> endpoints, long nowNs) {
        candidates.setMapped(endpoints, rules, best, nowNs);
        if (best != null && !rules.canBePeer(best.endpoint())) {
            forgetBest();
            choose(nowNs);
        }
    }

    /** Packets came from it, or were sent to it. */
    void onTraffic(long nowNs) {
        lastTrafficNs = nowNs;
        if (!isActive && !isPlain) {
            isActive = true;
            beat(nowNs);
        }
    }

    /** We may have another network: a path that still works has to show it soon. */
    void onLinkChanged(long nowNs) {
        candidates.forgetPinged();
        pings.clear();
        if (trust.leftNs(nowNs) > DOUBT_NS && trust.isSet()) {
            trust.set(nowNs + DOUBT_NS);
        }
        if (isActive) {
            search(nowNs, true);
        }
        choose(nowNs);
    }

    /** The relay of its region works, or does not. */
    void onRelay(boolean isUp, long nowNs) {
        isRelayDown = !isUp;
        choose(nowNs);
    }

    /** It was heard through the relay of this region, or is not there any more (0). */
    void onRegion(int region, long nowNs) {
        if (seenRegion != region) {
            seenRegion = region;
            choose(nowNs);
        }
    }

    /** A ping that it has sealed. */
    @Nullable Ignored onPing(Endpoint source, Ping ping, long nowNs) {
        if (!rules.canBePeer(source)) {
            return Ignored.BAD_ADDRESS;
        }
        if (!candidates.isNewPing(ping.id())) {
            return Ignored.DUPLICATE_PING;
        }
        Candidate candidate = candidates.onPingSeen(source, best, nowNs);
        actions.add(new PeerAction.Send(source, new Pong(ping.id(), source.withoutLocal())));
        if (candidate != null && isActive && !isTrusted(nowNs) && candidate.mayEcho(PING_GAP_NS, nowNs)) {
            ping(candidate, NO_NUMBER, nowNs);
        }
        return null;
    }

    /** A ping through the relay of a region, answered on the same way; {@code source} is what is said of where it came from. */
    @Nullable Ignored onRelayedPing(int region, Ping ping, Endpoint source) {
        if (!candidates.isNewPing(ping.id())) {
            return Ignored.DUPLICATE_PING;
        }
        actions.add(new PeerAction.SendRelayed(region, new Pong(ping.id(), source)));
        return null;
    }

    /** Whether a ping of this id waits for its answer. */
    boolean hasSent(TransactionId id) {
        return pings.containsKey(id);
    }

    /** An answer that it has sealed. */
    @Nullable Ignored onPong(boolean isRelayed, Pong pong, long nowNs) {
        SentPing sent = pings.get(pong.id());
        if (sent == null || isRelayed != (sent.candidate() == null)) {
            return Ignored.UNEXPECTED_PONG;
        }
        pings.remove(pong.id());
        long roundTripNs = Math.max(1, nowNs - sent.sentNs());
        Candidate candidate = sent.candidate();
        if (candidate == null) {
            relayLatencyNs = roundTripNs;
            done(sent, new PingResult.Relayed(sent.region(), roundTripNs));
            return null;
        }
        candidate.onPong(roundTripNs);
        done(sent, new PingResult.Direct(candidate.endpoint(), roundTripNs));
        if (candidates.get(candidate.endpoint()) == candidate) {
            consider(candidate, nowNs);
        }
        return null;
    }

    private void done(SentPing sent, PingResult result) {
        if (sent.number() != NO_NUMBER) {
            actions.add(new PeerAction.Done(sent.number(), result));
        }
    }

    /** It wants to be tried at these addresses now. */
    @Nullable Ignored onCall(List<Endpoint> endpoints, long nowNs) {
        if (wasCalled && nowNs - lastCalledNs < CALL_GAP_NS) {
            return Ignored.CALL_TOO_SOON;
        }
        wasCalled = true;
        lastCalledNs = nowNs;
        candidates.setCalled(endpoints, rules, best, nowNs);
        search(nowNs, false);
        return null;
    }

    /** The system would not send there. */
    void onSendFailed(Endpoint to, long nowNs) {
        Candidate failed = candidates.get(to);
        if (failed == null) {
            return;
        }
        pings.values().removeIf(sent -> sent.candidate() == failed && sent.number() == NO_NUMBER);
        if (best == failed) {
            failed.forgetHistory();
            failed.onPinged(nowNs); // not again at once
            forgetBest();
            choose(nowNs);
        }
    }

    /**
     * Pings it on the path in use, or on all if none works; the number comes back with each answer.
     *
     * @return null, or why there is nothing to try
     */
    @Nullable String ping(long number, long nowNs) {
        if (isPlain || disco.isZero()) {
            return "it does not speak disco: a peer that speaks plain WireGuard, or one that has not told its key yet";
        }
        onTraffic(nowNs);
        boolean isSent = false;
        if (best != null) {
            ping(best, number, nowNs);
            isSent = true;
        }
        if (!isTrusted(nowNs)) {
            for (Candidate candidate : candidates.all()) {
                if (candidate != best) {
                    ping(candidate, number, nowNs);
                    isSent = true;
                }
            }
            if (region() != 0) {
                send(null, number, nowNs);
                isSent = true;
            }
        }
        return isSent ? null : "neither an address nor a relay of it is known";
    }

    void onTime(long nowNs) {
        for (Iterator<SentPing> all = pings.values().iterator(); all.hasNext(); ) {
            SentPing sent = all.next();
            if (nowNs - sent.sentNs() < PING_TIMEOUT_NS) {
                break;
            }
            all.remove();
            if (sent.candidate() == best && !isTrusted(nowNs)) {
                forgetBest();
            }
        }
        if (trust.take(nowNs) && isActive) {
            search(nowNs, true);
        }
        if (beat.take(nowNs)) {
            beat(nowNs);
        }
        choose(nowNs);
    }

    private void beat(long nowNs) {
        if (nowNs - lastTrafficNs >= SESSION_NS) {
            isActive = false;
            return;
        }
        beat.set(nowNs + HEARTBEAT_NS);
        if (best != null) {
            ping(best, NO_NUMBER, nowNs);
        }
        if (wantsSearch(nowNs)) {
            search(nowNs, true);
        }
    }

    private boolean wantsSearch(long nowNs) {
        if (best == null || !hasSearched || !isTrusted(nowNs)) {
            return true;
        }
        return best.latencyNs() > GOOD_ENOUGH_NS && nowNs - lastSearchNs >= UPGRADE_NS;
    }

    /** Pings all addresses that were not pinged lately. A call makes the peer do the same, which opens firewalls on both sides. */
    private void search(long nowNs, boolean withCall) {
        hasSearched = true;
        lastSearchNs = nowNs;
        candidates.prune(best, nowNs);
        boolean isAnySent = candidates.all().isEmpty();
        for (Candidate candidate : candidates.all()) {
            if (!candidate.wasPingedWithin(PING_GAP_NS, nowNs)) {
                ping(candidate, NO_NUMBER, nowNs);
                isAnySent = true;
            }
        }
        boolean isCallDue = !hasCalled || nowNs - lastCallNs >= PING_GAP_NS;
        if (withCall && isAnySent && isCallDue && region() != 0 && !disco.isZero()) {
            hasCalled = true;
            lastCallNs = nowNs;
            actions.add(new PeerAction.Call());
        }
    }

    private void ping(Candidate candidate, long number, long nowNs) {
        candidate.onPinged(nowNs);
        send(candidate, number, nowNs);
    }

    private void send(@Nullable Candidate candidate, long number, long nowNs) {
        if (disco.isZero() || isPlain) {
            return;
        }
        if (pings.size() >= MAX_PINGS_UNDER_WAY) {
            pings.remove(pings.keySet().iterator().next());
        }
        TransactionId id = TransactionId.random(entropy);
        pings.put(id, new SentPing(candidate, region(), nowNs, number));
        Ping ping = new Ping(id, own, 0);
        actions.add(
                candidate == null
                        ? new PeerAction.SendRelayed(0, ping)
                        : new PeerAction.Send(candidate.endpoint(), ping));
    }

    private void consider(Candidate answered, long nowNs) {
        Candidate before = best;
        if (before != null && before != answered && isTrusted(nowNs)) {
            if (!PathScore.isBetter(answered.endpoint(), answered.latencyNs(), before.endpoint(), before.latencyNs())) {
                return;
            }
        }
        best = answered;
        trust.set(nowNs + TRUST_NS);
        choose(nowNs);
    }

    private boolean isTrusted(long nowNs) {
        return best != null && trust.isSet() && !trust.isDue(nowNs);
    }

    private void forgetBest() {
        best = null;
        trust.clear();
    }

    /** A direct path while it is known to work, then the relay; without any relay the last direct path stays. */
    private void choose(long nowNs) {
        Endpoint wanted = used;
        boolean hasRelay = region() != 0;
        if (best != null && (isTrusted(nowNs) || !hasRelay || isRelayDown)) {
            wanted = best.endpoint();
        } else if (hasRelay) {
            wanted = Endpoint.relay(relayId);
        } else if (isPlain && !candidates.all().isEmpty() && (used == null || candidates.get(used) == null)) {
            wanted = candidates.all().iterator().next().endpoint();
        }
        if (wanted != null && !wanted.equals(used)) {
            used = wanted;
            usedSinceNs = nowNs;
            actions.add(new PeerAction.Use(wanted));
        }
    }

    /** The interface was made anew and knows no endpoint of it. */
    void repeatUse() {
        if (used != null) {
            actions.add(new PeerAction.Use(used));
        }
    }

    /** Nanoseconds until {@link #onTime} has something to do; {@code Long.MAX_VALUE} for never. */
    long leftNs(long nowNs) {
        long leftNs = Math.min(beat.leftNs(nowNs), trust.leftNs(nowNs));
        if (!pings.isEmpty()) {
            long sentNs = pings.values().iterator().next().sentNs();
            leftNs = Math.min(leftNs, Math.max(0, sentNs + PING_TIMEOUT_NS - nowNs));
        }
        return leftNs;
    }

    PathView view(long nowNs) {
        Endpoint endpoint = used;
        int count = candidates.all().size();
        if (endpoint == null) {
            return new PathView(PathView.Kind.NONE, null, 0, -1, 0, isActive, count);
        }
        long sinceNs = nowNs - usedSinceNs;
        if (endpoint.isRelay()) {
            return new PathView(PathView.Kind.RELAY, null, region(), relayLatencyNs, sinceNs, isActive, count);
        }
        Candidate candidate = candidates.get(endpoint);
        long latencyNs = candidate == null ? -1 : candidate.latencyNs();
        return new PathView(PathView.Kind.DIRECT, endpoint, 0, latencyNs, sinceNs, isActive, count);
    }
}
