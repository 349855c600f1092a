package io.penstock.node.coordination.core;

import io.penstock.node.coordination.core.CoordinationEvent.Connected;
import io.penstock.node.coordination.core.CoordinationEvent.Failed;
import io.penstock.node.coordination.core.CoordinationEvent.KeyExpired;
import io.penstock.node.coordination.core.CoordinationEvent.LoggedOut;
import io.penstock.node.coordination.core.CoordinationEvent.MapChanged;
import io.penstock.node.coordination.core.CoordinationEvent.Registered;
import io.penstock.node.core.Backoff;
import io.penstock.node.core.Deadline;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.RegisterResponse;
import io.penstock.wireguard.Entropy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What one node says to its coordinator and when: fetches the coordinator's key, connects, registers, follows the map, reports
 * what changed on its side, and begins again after a failure. A failure is never the end; only {@link #stop}, a key that
 * expired and a logout are. Pure: for the one thread that carries its actions out, to be asked for them after each call.
 */
public final class Coordination {
    static final long KEY_TIMEOUT_NS = seconds(10);
    static final long CONNECT_TIMEOUT_NS = seconds(15); // with the longest wait 30 s, so that all are soon back
    static final long REGISTER_TIMEOUT_NS = seconds(60);

    /** A login may take as long as it likes; but who waits asks again now and then, which finds a connection that is dead. */
    static final long FOLLOWUP_TIMEOUT_NS = seconds(300);

    static final long REPORT_TIMEOUT_NS = seconds(60);

    /** After a change of the network a connection that works shows that within this time. */
    static final long PROBE_NS = seconds(5);

    /** Coordinators say something every minute. */
    static final long SILENCE_NS = seconds(120);

    /** A stream that ends sooner after its first map counts as a failure like the ones before it. */
    static final long STABLE_NS = seconds(10);

    /** An answer of no stays one for a while, unless somebody does something. */
    static final Duration REFUSED_RETRY = Duration.ofSeconds(60);

    /** However long a coordinator was away, all are back soon after. */
    static final long MAX_BACKOFF_NS = seconds(15);

    private enum Phase {
        IDLE,
        WAITING,
        FETCHING_KEY,
        CONNECTING,
        CONNECTED
    }

    private final NodeSettings settings;
    private final Registration registration;
    private final Reporting reporting;
    private final Queue<Action> actions = new ArrayDeque<>(); // a few for each input
    private final Backoff backoff;
    private final Backoff registerBackoff;

    private final Deadline step = new Deadline(); // of the phase
    private final Deadline registerAnswer = new Deadline();
    private final Deadline registerRetry = new Deadline();
    private final Deadline silence = new Deadline(); // set while a stream is open
    private final Deadline streamRetry = new Deadline();
    private final Deadline stable = new Deadline();
    private final Deadline probe = new Deadline(); // set while an answer has to show that the connection lives

    private Phase phase = Phase.IDLE;
    private @Nullable MachineKey coordinator;
    private boolean askedAgain; // since the last map
    private long beganNs; // the step that is under way

    public Coordination(NodeSettings settings, NodeStatus status, Entropy entropy) {
        this.settings = settings;
        registration = new Registration(settings);
        reporting = new Reporting(status, new Backoff(entropy, MAX_BACKOFF_NS));
        backoff = new Backoff(entropy, MAX_BACKOFF_NS);
        registerBackoff = new Backoff(entropy, MAX_BACKOFF_NS);
    }

    /** The next thing to do, or null. */
    public @Nullable Action poll() {
        return actions.poll();
    }

    /** Nanoseconds until {@link #onTime} has something to do; {@code Long.MAX_VALUE} if it waits for somebody else. */
    public long leftNs(long nowNs) {
        long leftNs = reporting.leftNs(nowNs);
        for (Deadline deadline :
                new Deadline[] {step, registerAnswer, registerRetry, silence, streamRetry, stable, probe}) {
            leftNs = Math.min(leftNs, deadline.leftNs(nowNs));
        }
        return leftNs;
    }

    /** Begins; does nothing if it has. */
    public void start(long nowNs) {
        if (phase == Phase.IDLE) {
            begin(nowNs);
        }
    }

    /**
     * The host has another network, or other addresses. A connection that there is has to show that it still leads somewhere; it would
     * be believed in for two minutes otherwise.
     *
     * @param isElsewhere whether the way to others is another one: what waits is tried at once then, and what is on the way goes anew
     */
    public void onNetworkChanged(boolean isElsewhere, long nowNs) {
        switch (phase) {
            case IDLE -> {}
            case WAITING -> {
                if (isElsewhere) {
                    begin(nowNs);
                }
            }
            case FETCHING_KEY, CONNECTING -> {
                if (isElsewhere) {
                    again(nowNs);
                }
            }
            case CONNECTED -> {
                if (registration.registered() == null) {
                    again(nowNs); // a login that is waited for is waited for there as well
                } else if (!probe.isSet()) {
                    probe.set(nowNs + PROBE_NS);
                    reporting.markDirty();
                    pumpReports(nowNs);
                }
            }
        }
    }

    private void again(long nowNs) {
        disconnect();
        begin(nowNs);
    }

    /** Ends everything; {@link #start} begins again. */
    public void stop() {
        disconnect();
        phase = Phase.IDLE;
    }

    /** What the node tells of itself from here on; the latest wins. */
    public void report(NodeStatus status, long nowNs) {
        reporting.update(status);
        pumpReports(nowNs);
    }

    /**
     * Renews the node's key. The old one is good, and its maps go on, until the new one is registered; with the one that is, another that
     * was refused is given up.
     */
    public void rotateTo(NodeKey key, String authKey, long nowNs) {
        registration.rotateTo(key, authKey);
        if (!registration.isNeeded()) {
            registerAnswer.clear();
            registerRetry.clear();
        } else if (phase == Phase.IDLE) {
            begin(nowNs);
        } else if (phase == Phase.CONNECTED) {
            register(nowNs);
        }
    }

    /** Gives the node's key up. */
    public void logout(long nowNs) {
        registration.leave();
        if (phase == Phase.IDLE || phase == Phase.WAITING) {
            begin(nowNs);
        } else if (phase == Phase.CONNECTED) {
            register(nowNs);
        }
    }

    public void onKey(MachineKey key, long nowNs) {
        if (phase != Phase.FETCHING_KEY) {
            return;
        }
        if (settings.knownCoordinator() != null && !settings.knownCoordinator().equals(key)) {
            fail(
                    Problem.of(
                            Problem.Kind.WRONG_KEY,
                            "this coordinator has the key " + key + ", the known one had "
                                    + settings.knownCoordinator()),
                    nowNs);
            return;
        }
        coordinator = key;
        connect(nowNs);
    }

    public void onConnected(long nowNs) {
        if (phase != Phase.CONNECTING) {
            return;
        }
        phase = Phase.CONNECTED;
        step.clear();
        tell(new Connected(Objects.requireNonNull(coordinator)));
        if (registration.registered() != null && !registration.isLeaving()) {
            follow(nowNs);
        }
        if (registration.isNeeded()) {
            register(nowNs);
        }
    }

    /** The key could not be fetched, the connection not be made, or it ended: all that is under way ends with it. */
    public void onFailed(Problem problem, long nowNs) {
        if (phase != Phase.IDLE && phase != Phase.WAITING) {
            fail(problem, nowNs);
        }
    }

    public void onRegistered(RegisterResponse response, long nowNs) {
        if (phase != Phase.CONNECTED) {
            return;
        }
        registerAnswer.clear();
        probe.clear();
        switch (registration.take(response)) {
            case DONE -> {
                registerBackoff.reset();
                tell(new Registered(registration.wanted(), response));
                follow(nowNs);
            }
            case LOGIN -> {
                if (!registration.tryNext()) {
                    tell(registration.login());
                }
                register(nowNs);
            }
            case WAIT -> registerRetry.set(nowNs + registerBackoff.nextNs());
            case EXPIRED -> expire(registration.wanted());
            case LEFT -> {
                tell(new LoggedOut());
                stop();
            }
            case REFUSED -> onRegisterFailed(new Problem(Problem.Kind.REFUSED, response.error(), REFUSED_RETRY), nowNs);
            case BROKEN ->
                onRegisterFailed(Problem.of(Problem.Kind.BROKEN, "a login at an address that is no URL"), nowNs);
        }
    }

    /** The registration failed and the connection did not. */
    public void onRegisterFailed(Problem problem, long nowNs) {
        registerAnswer.clear();
        if (problem.kind() == Problem.Kind.UNKNOWN_NODE && registration.tryNext()) {
            register(nowNs);
            return;
        }
        if (!silence.isSet()) {
            onFailed(problem, nowNs);
            return;
        }
        long waitNs = wait(registerBackoff, problem); // the maps go on meanwhile
        registerRetry.set(nowNs + waitNs);
        tell(new Failed(problem, waitNs));
    }

    /** Something came on the map stream, whatever it is. */
    public void onStreamBytes(long nowNs) {
        silence.set(nowNs + SILENCE_NS);
    }

    public void onNews(MapNews news, long nowNs) {
        switch (news) {
            case MapNews.Changed changed -> {
                onMap(nowNs);
                tell(new MapChanged(changed.map(), changed.touchedPeers()));
                NodeKey key = registration.registered();
                if (changed.map().self().expired() && key != null) {
                    registration.forget();
                    expire(key);
                }
            }
            case MapNews.Begun begun -> onMap(nowNs);
            case MapNews.Pinged pinged -> actions.add(new Action.Answer(pinged.ping()));
        }
    }

    private void onMap(long nowNs) {
        askedAgain = false;
        if (!stable.isSet()) {
            stable.set(nowNs + STABLE_NS);
        }
    }

    /** The map stream ended or was refused, and the connection was not. */
    public void onStreamEnded(Problem problem, long nowNs) {
        if (phase != Phase.CONNECTED) {
            return;
        }
        silence.clear();
        stable.clear();
        switch (problem.kind()) {
            case UNKNOWN_NODE -> {
                registration.forget();
                if (registration.tryNext()) {
                    register(nowNs);
                } else if (askedAgain) {
                    fail(problem, nowNs);
                } else {
                    askedAgain = true;
                    register(nowNs);
                }
            }
            case BUSY, ENDED -> {
                long waitNs = wait(backoff, problem);
                streamRetry.set(nowNs + waitNs);
                tell(new Failed(problem, waitNs));
            }
            default -> fail(problem, nowNs);
        }
    }

    public void onReported(long nowNs) {
        probe.clear();
        reporting.onDone();
        pumpReports(nowNs);
    }

    /** A report failed and the connection did not. */
    public void onReportFailed(Problem problem, long nowNs) {
        probe.clear();
        reporting.onFailed(problem, nowNs);
    }

    public void onTime(long nowNs) {
        if (step.take(nowNs)) {
            onStepDue(nowNs);
        }
        if (silence.isDue(nowNs)) {
            onFailed(Problem.of(Problem.Kind.TIMEOUT, "no word of the coordinator for two minutes"), nowNs);
        }
        if (probe.take(nowNs)) {
            tell(new Failed(
                    Problem.of(
                            Problem.Kind.TIMEOUT, "the connection to the coordinator ended with the network's change"),
                    0));
            again(nowNs);
        }
        if (reporting.isOverdue(nowNs)) {
            onFailed(Problem.of(Problem.Kind.TIMEOUT, "the coordinator does not answer a report"), nowNs);
        }
        if (registerAnswer.take(nowNs)) {
            onRegisterOverdue(nowNs);
        }
        if (registerRetry.take(nowNs)) {
            register(nowNs);
        }
        if (streamRetry.take(nowNs)) {
            openStream(nowNs);
        }
        if (stable.take(nowNs)) {
            backoff.reset();
        }
        pumpReports(nowNs);
    }

    private void onStepDue(long nowNs) {
        switch (phase) {
            case WAITING -> begin(nowNs);
            case FETCHING_KEY -> fail(Problem.of(Problem.Kind.TIMEOUT, "the coordinator does not tell its key"), nowNs);
            case CONNECTING -> fail(Problem.of(Problem.Kind.TIMEOUT, "the coordinator lets nobody in"), nowNs);
            case IDLE, CONNECTED -> throw new IllegalStateException("nothing is waited for in " + phase);
        }
    }

    private void onRegisterOverdue(long nowNs) {
        if (registration.isFollowing()) {
            register(nowNs);
        } else {
            onRegisterFailed(Problem.of(Problem.Kind.TIMEOUT, "the coordinator does not answer"), nowNs);
        }
    }

    private void begin(long nowNs) {
        beganNs = nowNs;
        if (coordinator == null) {
            phase = Phase.FETCHING_KEY;
            step.set(nowNs + KEY_TIMEOUT_NS);
            actions.add(new Action.FetchKey());
        } else {
            connect(nowNs);
        }
    }

    private void connect(long nowNs) {
        beganNs = nowNs;
        phase = Phase.CONNECTING;
        step.set(nowNs + CONNECT_TIMEOUT_NS);
        actions.add(new Action.Connect(Objects.requireNonNull(coordinator)));
    }

    private void register(long nowNs) {
        registerRetry.clear();
        registerAnswer.set(nowNs + (registration.isFollowing() ? FOLLOWUP_TIMEOUT_NS : REGISTER_TIMEOUT_NS));
        actions.add(new Action.Register(registration.request(reporting.status().hostinfo())));
    }

    private void follow(long nowNs) {
        openStream(nowNs);
        reporting.markDirty();
        pumpReports(nowNs);
    }

    private void openStream(long nowNs) {
        NodeKey key = registration.registered();
        if (phase == Phase.CONNECTED && key != null) {
            streamRetry.clear();
            stable.clear();
            silence.set(nowNs + SILENCE_NS);
            actions.add(new Action.OpenStream(mapRequest(key).stream(true).build()));
        }
    }

    private void pumpReports(long nowNs) {
        NodeKey key = registration.registered();
        if (phase == Phase.CONNECTED && key != null && reporting.takeTurn(nowNs)) {
            NodeStatus status = reporting.status();
            actions.add(new Action.Report(mapRequest(key)
                    .omitPeers(true)
                    .endpoints(status.endpoints())
                    .endpointTypes(status.endpointTypes())
                    .build()));
        }
    }

    private MapRequest.Builder mapRequest(NodeKey key) {
        return MapRequest.builder()
                .version(settings.version())
                .compress("zstd")
                .keepAlive(true)
                .nodeKey(key)
                .discoKey(reporting.status().discoKey())
                .hostinfo(reporting.status().hostinfo());
    }

    private void expire(NodeKey key) {
        tell(new KeyExpired(key));
        stop();
    }

    private void fail(Problem problem, long nowNs) {
        boolean isOnTheWay = phase == Phase.FETCHING_KEY || phase == Phase.CONNECTING;
        long tookNs = isOnTheWay ? nowNs - beganNs : 0;
        disconnect();
        if (problem.kind() == Problem.Kind.WRONG_KEY) {
            coordinator = null; // it may have another one by the next time
        }
        // Where nothing answers, all nodes give up after the same time; without this they would come back in one
        // moment.
        long apartNs = backoff.withinNs(Math.min(tookNs, MAX_BACKOFF_NS));
        long waitNs = Math.max(wait(backoff, problem), apartNs);
        phase = Phase.WAITING;
        step.set(nowNs + waitNs);
        tell(new Failed(problem, waitNs));
    }

    private static long wait(Backoff backoff, Problem problem) {
        return Math.max(
                backoff.nextNs(), backoff.jitteredNs(problem.retryAfter().toNanos()));
    }

    private void disconnect() {
        if (phase != Phase.IDLE && phase != Phase.WAITING) {
            actions.add(new Action.Disconnect());
        }
        step.clear();
        registerAnswer.clear();
        registerRetry.clear();
        silence.clear();
        streamRetry.clear();
        stable.clear();
        probe.clear();
        reporting.onDisconnected();
    }

    private void tell(CoordinationEvent event) {
        actions.add(new Action.Tell(event));
    }

    private static long seconds(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }
}
