package io.penstock.node.path.core;

import io.penstock.node.core.Deadline;
import io.penstock.node.path.core.PathNote.Kind;
import io.penstock.node.path.core.SentPings.Purpose;
import io.penstock.node.path.core.SentPings.SentPing;
import io.penstock.protocol.disco.DiscoMessage.Ping;
import io.penstock.protocol.disco.DiscoMessage.Pong;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.stun.TransactionId;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Finds the path to one peer and watches it: a direct one as soon as one works, its relay while none does. Nothing is sent while
 * there is no traffic. Owned by {@link PathCore}, which drains it.
 */
final class PeerPath {
    /** Between pings on a path that works, while there is little to say. */
    static final long HEARTBEAT_NS = 3_000_000_000L;

    /** The same while we send: what is lost until a dead path is noticed is ours. */
    static final long BUSY_BEAT_NS = 1_000_000_000L;

    static final long TRUST_NS = 6_500_000_000L;
    static final long SESSION_NS = Traffic.SESSION_NS;

    /** Between searches while no direct path works, so that one is found within 5 s of the moment when it becomes possible. */
    static final long SEARCH_NS = 3_500_000_000L;

    /** Less than that, so that pings for a call of the peer do not put our own search off. */
    static final long PING_GAP_NS = 2_000_000_000L;

    static final long UPGRADE_NS = 60_000_000_000L;
    static final long GOOD_ENOUGH_NS = 5_000_000L;

    /** A call makes us send a ping to each address in it, so they do not follow each other as fast as somebody may like. */
    static final long CALL_GAP_NS = 1_000_000_000L;

    /** A peer that comes from ever new places is not followed to each. */
    private static final long NEW_PLACE_GAP_NS = 1_000_000_000L;

    private static final long NO_NUMBER = SentPings.NO_NUMBER;

    private NodeKey key;
    private final long relayId;
    private final Entropy entropy;
    private final AddressRules rules;
    private final PathLog log;
    private final Candidates candidates;
    private final SentPings pings = new SentPings();
    private final PathWatch watch = new PathWatch(); // of best, while we send
    private final PathFit fit; // likewise
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

    private final Traffic traffic = new Traffic();
    private final Deadline beat = new Deadline(); // set while active
    private final LastTime search = new LastTime();
    private final LastTime call = new LastTime(); // by us
    private final LastTime called = new LastTime(); // by it
    private final LastTime newPlace = new LastTime(); // that was followed

    PeerPath(NodeKey key, long relayId, Entropy entropy, Surroundings around) {
        this.key = key;
        this.relayId = relayId;
        this.entropy = entropy;
        rules = around.rules();
        log = new PathLog(around.notes());
        candidates = new Candidates(log);
        fit = new PathFit(around);
    }

    /** It is no peer any more. */
    void free() {
        log.free();
    }

    NodeKey key() {
        return key;
    }

    /** The node has another key; where it is does not depend on that. */
    void renewKey(NodeKey successor) {
        key = successor;
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
        return traffic.isActive();
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
            log.add(Kind.RESTARTED, nowNs);
            candidates.restart();
            forgetBest();
            pings.clear();
            search.clear();
            called.clear();
        }
        if (traffic.isActive() && (isRestarted || (isMoved && !isTrusted(nowNs)))) {
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

    /** Packets were sent to it, or came from it, in the last second. */
    void onTraffic(boolean sent, boolean received, long nowNs) {
        if (isPlain) {
            return;
        }
        boolean wasActive = isActive();
        boolean isToBeAsked = traffic.on(sent, received, nowNs);
        if (!wasActive) {
            log.begin(nowNs);
            noteUse(nowNs);
        }
        if (!wasActive || (isToBeAsked && isTrusted(nowNs))) {
            beat(nowNs);
        }
    }

    /** We may have another network: a path that still works has to show it soon. */
    void onLinkChanged(long nowNs) {
        log.add(Kind.MOVED, nowNs);
        candidates.forgetPinged();
        candidates.forgetWidths();
        fit.reset();
        pings.clear();
        watch.reset();
        if (best != null && trust.isSet() && trust.leftNs(nowNs) > best.patienceNs()) {
            trust.set(nowNs + best.patienceNs());
        }
        if (traffic.isActive()) {
            search(nowNs, true);
        }
        choose(nowNs);
    }

    /** The relay of its region works, or does not. */
    void onRelay(boolean isUp, long nowNs) {
        if (isRelayDown == isUp) {
            log.add(isUp ? Kind.RELAY_UP : Kind.RELAY_DOWN, null, region(), -1, nowNs);
        }
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
        boolean isNewPlace = candidates.get(source) == null;
        Candidate candidate = candidates.onPingSeen(source, best, nowNs);
        actions.add(new PeerAction.Send(source, new Pong(ping.id(), source.withoutLocal())));
        if (candidate == null || !traffic.isActive()) {
            return null;
        }
        if (isNewPlace || !isTrusted(nowNs)) {
            log.addOrGoOn(Kind.PINGED, candidate.endpoint(), -1, nowNs);
        }
        if (!isTrusted(nowNs)) {
            if (candidate.mayEcho(PING_GAP_NS, nowNs)) {
                ping(candidate, NO_NUMBER, nowNs);
            }
        } else if (isNewPlace && newPlace.take(NEW_PLACE_GAP_NS, nowNs)) {
            // It has moved, or tries another way: whether the one in use still works is to be known now.
            ping(candidate, NO_NUMBER, nowNs);
            beat(nowNs);
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
        return pings.contains(id);
    }

    /** An answer that it has sealed; {@code source} is null for one through a relay. */
    @Nullable Ignored onPong(@Nullable Endpoint source, Pong pong, long nowNs) {
        SentPing sent = pings.take(pong.id(), source == null);
        if (sent == null) {
            return Ignored.UNEXPECTED_PONG;
        }
        long roundTripNs = Math.max(1, nowNs - sent.sentNs());
        Candidate candidate = sent.candidate();
        if (candidate == null) {
            relayLatencyNs = roundTripNs;
            log.add(Kind.PONG, null, sent.region(), roundTripNs, nowNs);
            done(sent, new PingResult.Relayed(sent.region(), roundTripNs));
            return null;
        }
        if (sent.purpose() == Purpose.FULL || sent.purpose() == Purpose.WHOLE) {
            onLongPong(sent, candidate, nowNs);
            return null;
        }
        if (sent.purpose() == Purpose.KEEP) {
            log.addOrGoOn(Kind.KEPT, candidate.endpoint(), roundTripNs, nowNs);
        } else {
            log.add(Kind.PONG, candidate.endpoint(), 0, roundTripNs, nowNs);
        }
        candidate.onPong(roundTripNs, source != null && source.isSameRemote(candidate.endpoint()), nowNs);
        if (source != null && !candidate.isMirrored() && !candidate.isReflection()) {
            onOtherSource(source, nowNs);
        }
        done(sent, new PingResult.Direct(candidate.endpoint(), roundTripNs));
        if (candidates.get(candidate.endpoint()) == candidate) {
            consider(candidate, nowNs);
        }
        return null;
    }

    /** It says what fits through the path, and nothing about how far it is: a thin link takes longer for it. */
    private void onLongPong(SentPing sent, Candidate candidate, long nowNs) {
        if (sent.purpose() == Purpose.WHOLE) {
            if (sent.wireBytes() > candidate.mtuBytes()) {
                candidate.onCarried(sent.wireBytes());
                log.addOrGoOn(Kind.CARRIES, candidate.endpoint(), sent.wireBytes(), nowNs);
            }
            return;
        }
        Candidate inUse = best;
        if (candidate == inUse) {
            fit.onAnswer(nowNs);
        } else if (inUse != null
                && inUse.isNarrow()
                && isTrusted(nowNs)
                && candidates.get(candidate.endpoint()) == candidate) {
            log.add(Kind.WIDE, candidate.endpoint(), 0, sent.wireBytes(), nowNs);
            candidate.setNarrow(false);
            use(candidate, nowNs);
            return;
        }
        if (candidate.isNarrow()) {
            candidate.setNarrow(false);
            log.add(Kind.WIDE, candidate.endpoint(), 0, sent.wireBytes(), nowNs);
            choose(nowNs);
        }
    }

    /**
     * It answers from elsewhere, as behind some NATs: the way there is kept open by what comes from there, the one that we asked by
     * nothing. RFC 8445 section 7.2.5.2.1 refuses such an answer; we use it until the other way has answered.
     */
    private void onOtherSource(Endpoint source, long nowNs) {
        if (!traffic.isActive() || !rules.canBePeer(source) || !newPlace.take(NEW_PLACE_GAP_NS, nowNs)) {
            return;
        }
        boolean isKnown = candidates.get(source) != null;
        Candidate other = candidates.onPingSeen(source, best, nowNs);
        if (other != null) {
            other.setReflection(!isKnown); // where both sides have another port for each they lead on and on
            ping(other, NO_NUMBER, nowNs);
        }
    }

    private void done(SentPing sent, PingResult result) {
        if (sent.number() != NO_NUMBER) {
            actions.add(new PeerAction.Done(sent.number(), result));
        }
    }

    /** It wants to be tried at these addresses now. */
    @Nullable Ignored onCall(List<Endpoint> endpoints, long nowNs) {
        if (!called.take(CALL_GAP_NS, nowNs)) {
            return Ignored.CALL_TOO_SOON;
        }
        log.add(Kind.CALLED, null, region(), endpoints.size(), nowNs);
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
        pings.removeUnasked(failed);
        log.addOrGoOn(Kind.REFUSED, failed.endpoint(), -1, nowNs);
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
        onTraffic(true, false, nowNs);
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
                log.add(Kind.PING, null, region(), -1, nowNs);
                send(new SentPing(null, region(), nowNs, number, Purpose.SEARCH, 0), 0);
                isSent = true;
            }
        }
        return isSent ? null : "neither an address nor a relay of it is known";
    }

    void onTime(long nowNs) {
        for (SentPing late = pings.expire(nowNs); late != null; late = pings.expire(nowNs)) {
            Candidate silent = late.candidate();
            if (silent != null && late.purpose() == Purpose.SEARCH) {
                log.add(Kind.NO_PONG, silent.endpoint(), nowNs);
            }
            if (silent == best && !isTrusted(nowNs)) {
                forgetBest();
            }
        }
        if (best != null) {
            judge(best, nowNs);
        }
        if (best != null) {
            tryFullPackets(best, nowNs);
        }
        if (trust.take(nowNs)) {
            watch.reset();
            fit.reset();
            if (traffic.isActive()) {
                search(nowNs, true);
            }
        }
        if (beat.take(nowNs)) {
            beat(nowNs);
        }
        choose(nowNs);
    }

    private void judge(Candidate inUse, long nowNs) {
        switch (watch.onTime(inUse.patienceNs(), nowNs)) {
            case NOTHING -> {}
            case LATE -> {
                log.add(Kind.LATE, inUse.endpoint(), nowNs);
                Candidate other = candidates.answeredSince(watch.askedNs(), inUse, nowNs);
                if (other == null) {
                    ping(inUse, NO_NUMBER, nowNs);
                } else {
                    use(other, nowNs);
                }
            }
            case ASK -> ping(inUse, NO_NUMBER, nowNs);
            case DEAD -> {
                log.add(Kind.DEAD, inUse.endpoint(), nowNs);
                watch.reset();
                fit.reset();
                inUse.onDeath(nowNs);
                trust.clear();
                search(nowNs, true);
                beat.set(nowNs + SEARCH_NS);
            }
        }
    }

    private void tryFullPackets(Candidate inUse, long nowNs) {
        boolean isBusy = traffic.isBusy(nowNs) && isTrusted(nowNs);
        switch (fit.onTime(inUse, isBusy, nowNs)) {
            case NOTHING -> {}
            case ASK -> pingFull(inUse, nowNs);
            case ASK_BOTH -> {
                pingFull(inUse, nowNs);
                ping(inUse, NO_NUMBER, nowNs);
            }
            case NARROW -> {
                if (!inUse.isNarrow()) {
                    inUse.setNarrow(true);
                    log.add(Kind.NARROW, inUse.endpoint(), 0, fit.fullBytes(inUse.endpoint()), nowNs);
                    search(nowNs, true); // another way may be wider
                }
            }
        }
        int[] lengths = fit.measure(inUse, isBusy, nowNs);
        if (lengths != null) {
            for (int wireBytes : lengths) {
                SentPing ping = new SentPing(inUse, 0, nowNs, NO_NUMBER, Purpose.WHOLE, wireBytes);
                send(ping, PathFit.padding(wireBytes, inUse.endpoint()));
            }
        }
    }

    private void pingFull(Candidate inUse, long nowNs) {
        int wireBytes = fit.fullBytes(inUse.endpoint());
        send(new SentPing(inUse, 0, nowNs, NO_NUMBER, Purpose.FULL, wireBytes), fit.fullPadding());
    }

    private void beat(long nowNs) {
        if (traffic.isOver(nowNs)) {
            log.end(nowNs);
            beat.clear();
            watch.reset();
            fit.reset();
            return;
        }
        if (best != null) {
            ping(best, NO_NUMBER, nowNs);
            if (isTrusted(nowNs) && traffic.isBusy(nowNs)) {
                fit.begin(best, nowNs);
            }
        }
        if (wantsSearch(nowNs)) {
            search(nowNs, true);
        }
        beat.set(nowNs + beatNs(nowNs));
    }

    private long beatNs(long nowNs) {
        if (!isTrusted(nowNs)) {
            return SEARCH_NS;
        }
        return traffic.isBusy(nowNs) ? BUSY_BEAT_NS : HEARTBEAT_NS;
    }

    private boolean wantsSearch(long nowNs) {
        if (best == null || !isTrusted(nowNs)) {
            return true;
        }
        return best.latencyNs() > GOOD_ENOUGH_NS && !search.isWithin(UPGRADE_NS, nowNs);
    }

    /** Pings all addresses that were not pinged lately. A call makes the peer do the same, which opens firewalls on both sides. */
    private void search(long nowNs, boolean withCall) {
        search.set(nowNs);
        candidates.prune(best, nowNs);
        boolean isAnySent = candidates.all().isEmpty();
        for (Candidate candidate : candidates.all()) {
            if (!candidate.wasPingedWithin(PING_GAP_NS, nowNs)) {
                ping(candidate, NO_NUMBER, nowNs);
                isAnySent = true;
            }
        }
        if (withCall && isAnySent && region() != 0 && !disco.isZero() && call.take(PING_GAP_NS, nowNs)) {
            actions.add(new PeerAction.Call());
            log.add(Kind.CALL, null, region(), -1, nowNs);
        }
    }

    private void ping(Candidate candidate, long number, long nowNs) {
        candidate.onPinged(nowNs);
        if (candidate == best && traffic.isActive() && isTrusted(nowNs)) {
            watch.onAsked(traffic.isBusy(nowNs), candidate.patienceNs(), nowNs);
        }
        boolean isKept = candidate == best && isTrusted(nowNs) && number == NO_NUMBER;
        if (!isKept) {
            log.add(Kind.PING, candidate.endpoint(), nowNs);
        }
        send(new SentPing(candidate, 0, nowNs, number, isKept ? Purpose.KEEP : Purpose.SEARCH, 0), 0);
    }

    private void send(SentPing sent, int padding) {
        if (disco.isZero() || isPlain || padding < 0) {
            return;
        }
        TransactionId id = TransactionId.random(entropy);
        pings.add(id, sent);
        Ping ping = new Ping(id, own, padding);
        Candidate candidate = sent.candidate();
        if (candidate == null) {
            actions.add(new PeerAction.SendRelayed(0, ping));
        } else if (sent.purpose() == Purpose.WHOLE) {
            actions.add(new PeerAction.SendWhole(candidate.endpoint(), ping));
        } else {
            actions.add(new PeerAction.Send(candidate.endpoint(), ping));
        }
    }

    private void consider(Candidate answered, long nowNs) {
        Candidate before = best;
        if (before != null && before != answered && isTrusted(nowNs)) {
            if (before.isNarrow()) {
                pingFull(answered, nowNs); // it takes more than a small packet to be better
                return;
            }
            if (!answered.isBetterThan(before)) {
                return;
            }
        }
        if (answered.isHeld(nowNs) && hasRelay() && (before != answered || !isTrusted(nowNs))) {
            return;
        }
        use(answered, nowNs);
    }

    private void use(Candidate answered, long nowNs) {
        boolean wasTrusted = isTrusted(nowNs);
        watch.reset();
        if (best != answered) {
            fit.reset();
        }
        best = answered;
        trust.set(nowNs + TRUST_NS);
        if (traffic.isBusy(nowNs)) {
            fit.begin(answered, nowNs);
        }
        if (traffic.isActive() && !wasTrusted) {
            beat.set(nowNs + beatNs(nowNs));
        }
        choose(nowNs);
    }

    private boolean hasRelay() {
        return region() != 0 && !isRelayDown;
    }

    private boolean isTrusted(long nowNs) {
        return best != null && trust.isSet() && !trust.isDue(nowNs);
    }

    private void forgetBest() {
        best = null;
        trust.clear();
        watch.reset();
        fit.reset();
    }

    /** A direct path while it is known to work, then the relay; without any relay the last direct path stays. */
    private void choose(long nowNs) {
        Endpoint wanted = used;
        boolean mayUseRelay = region() != 0 && !isRelayDown;
        if (best != null && !(mayUseRelay && (!isTrusted(nowNs) || best.isNarrow()))) {
            wanted = best.endpoint();
        } else if (region() != 0) {
            wanted = Endpoint.relay(relayId);
        } else if (isPlain && !candidates.all().isEmpty() && (used == null || candidates.get(used) == null)) {
            wanted = candidates.all().iterator().next().endpoint();
        }
        if (wanted != null && !wanted.equals(used)) {
            used = wanted;
            usedSinceNs = nowNs;
            noteUse(nowNs);
            actions.add(new PeerAction.Use(wanted));
        }
    }

    private void noteUse(long nowNs) {
        Endpoint to = used;
        if (to != null) {
            log.add(Kind.USE, to.isRelay() ? null : to, to.isRelay() ? region() : 0, -1, nowNs);
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
        leftNs = Math.min(leftNs, Math.min(watch.leftNs(nowNs), fit.leftNs(nowNs)));
        return Math.min(leftNs, pings.leftNs(nowNs));
    }

    PathView view(long nowNs) {
        Endpoint endpoint = used;
        Endpoint direct = endpoint == null || endpoint.isRelay() ? null : endpoint;
        Candidate candidate = direct == null ? null : candidates.get(direct);
        Candidate narrow = best != null && best.isNarrow() ? best : null;
        PathView.Kind kind =
                endpoint == null ? PathView.Kind.NONE : direct == null ? PathView.Kind.RELAY : PathView.Kind.DIRECT;
        long roundTripNs =
                switch (kind) {
                    case NONE -> -1;
                    case RELAY -> relayLatencyNs;
                    case DIRECT -> candidate == null ? -1 : candidate.lastNs();
                };
        return new PathView(
                kind,
                direct,
                kind == PathView.Kind.RELAY ? region() : 0,
                roundTripNs,
                endpoint == null ? 0 : nowNs - usedSinceNs,
                traffic.isActive(),
                candidates.all().size(),
                candidate == null ? 0 : candidate.mtuBytes(),
                narrow == null ? null : narrow.endpoint(),
                narrow == null ? 0 : fit.fullBytes(narrow.endpoint()));
    }

    PathDetail detail(long nowNs) {
        Endpoint inUse = used;
        return new PathDetail(
                view(nowNs),
                isTrusted(nowNs),
                traffic.isBusy(nowNs),
                region(),
                isRelayDown,
                candidates.all().stream()
                        .map(candidate -> candidate.view(candidate.endpoint().equals(inUse), nowNs))
                        .toList(),
                log.notes(),
                log.dropped(),
                nowNs);
    }
}
