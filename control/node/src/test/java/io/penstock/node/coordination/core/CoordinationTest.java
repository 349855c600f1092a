package io.penstock.node.coordination.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.coordination.Seeded;
import io.penstock.node.coordination.core.Action.Connect;
import io.penstock.node.coordination.core.Action.Disconnect;
import io.penstock.node.coordination.core.Action.FetchKey;
import io.penstock.node.coordination.core.Action.OpenStream;
import io.penstock.node.coordination.core.Action.Register;
import io.penstock.node.coordination.core.Action.Report;
import io.penstock.node.coordination.core.Action.Tell;
import io.penstock.node.core.Backoff;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.message.RegisterRequest;
import io.penstock.protocol.message.RegisterResponse;
import io.penstock.protocol.netmap.NetMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is done when, in virtual time that begins just before it wraps. */
class CoordinationTest {
    private static final MachineKey COORDINATOR = MachineKey.of(key(1));
    private static final NodeKey NODE = NodeKey.of(key(2));
    private static final NodeKey OTHER = NodeKey.of(key(3));
    private static final String LOGIN = "https://coordinator.example/register/a";

    private long nowNs = Long.MAX_VALUE - 1_000_000_000L;
    private final List<CoordinationEvent> told = new ArrayList<>();
    private Coordination core = make("psk");

    private static byte[] key(int number) {
        byte[] bytes = new byte[32];
        bytes[0] = (byte) number;
        return bytes;
    }

    private static Coordination make(String authKey) {
        return new Coordination(new NodeSettings(NODE, null, authKey, false, 131), status("a"), new Seeded(9));
    }

    private static NodeStatus status(String hostname) {
        return NodeStatus.unreachable(Hostinfo.builder().hostname(hostname).build());
    }

    /** What is to be done now; what is to be told is kept in {@code told}. */
    private List<Action> actions() {
        List<Action> actions = new ArrayList<>();
        for (Action action = core.poll(); action != null; action = core.poll()) {
            if (action instanceof Tell tell) {
                told.add(tell.event());
            } else {
                actions.add(action);
            }
        }
        return actions;
    }

    private <A extends Action> A only(Class<A> kind) {
        List<Action> actions = actions();
        assertEquals(1, actions.size(), actions.toString());
        return assertInstanceOf(kind, actions.getFirst());
    }

    private <E extends CoordinationEvent> E lastTold(Class<E> kind) {
        return assertInstanceOf(kind, told.getLast());
    }

    /** Goes on to the next deadline, which has to be so far away, in seconds; and says what is done then. */
    private List<Action> pass(double fromSeconds, double toSeconds) {
        double seconds = core.leftNs(nowNs) / 1e9;
        assertTrue(seconds >= fromSeconds && seconds <= toSeconds, seconds + " s");
        nowNs += core.leftNs(nowNs);
        core.onTime(nowNs);
        return actions();
    }

    private void later(double seconds) {
        nowNs += (long) (seconds * 1e9);
        core.onTime(nowNs);
    }

    private RegisterRequest connect() {
        core.start(nowNs);
        only(FetchKey.class);
        core.onKey(COORDINATOR, nowNs);
        assertEquals(COORDINATOR, only(Connect.class).coordinator());
        core.onConnected(nowNs);
        return only(Register.class).request();
    }

    /** As far as the stream is open and the first report sent. */
    private void follow() {
        connect();
        core.onRegistered(admitted(), nowNs);
        List<Action> actions = actions();
        assertInstanceOf(OpenStream.class, actions.get(0));
        assertInstanceOf(Report.class, actions.get(1));
        core.onReported(nowNs);
        core.onNews(map(false), nowNs);
        assertEquals(List.of(), actions());
    }

    private static RegisterResponse admitted() {
        return RegisterResponse.builder().machineAuthorized(true).build();
    }

    private static MapNews map(boolean expired) {
        Node self = Node.builder().id(1).expired(expired).build();
        return new MapNews.Changed(
                new NetMap(
                        self,
                        Collections.emptyNavigableMap(),
                        null,
                        null,
                        "",
                        Collections.emptyNavigableMap(),
                        Map.of(),
                        List.of(),
                        null),
                Set.of());
    }

    private static Problem problem(Problem.Kind kind) {
        return Problem.of(kind, "so");
    }

    @Test
    void registersWithItsKeyThenFollowsAndReports() {
        RegisterRequest request = connect();
        assertEquals("psk", request.auth() == null ? "" : request.auth().authKey());
        assertEquals(NODE, request.nodeKey());
        assertTrue(request.oldNodeKey().isZero());

        core.onRegistered(admitted(), nowNs);
        List<Action> actions = actions();
        OpenStream open = assertInstanceOf(OpenStream.class, actions.get(0));
        assertTrue(open.request().stream() && open.request().keepAlive());
        assertEquals("zstd", open.request().compress());
        assertTrue(assertInstanceOf(Report.class, actions.get(1)).request().isReport());
        assertEquals(NODE, lastTold(CoordinationEvent.Registered.class).key());
    }

    @Test
    void startsOnce() {
        core.start(nowNs);
        core.start(nowNs);
        only(FetchKey.class);
    }

    @Test
    void boundsEveryWaitOnTheWayIn() {
        core.start(nowNs);
        only(FetchKey.class);
        assertInstanceOf(Disconnect.class, pass(10, 10).getFirst());
        assertEquals(
                Problem.Kind.TIMEOUT,
                lastTold(CoordinationEvent.Failed.class).problem().kind());

        assertInstanceOf(FetchKey.class, pass(0.1, 10).getFirst()); // as far apart as that took
        core.onKey(COORDINATOR, nowNs);
        only(Connect.class);
        assertInstanceOf(Disconnect.class, pass(15, 15).getFirst());

        assertInstanceOf(Connect.class, pass(0.2, 15).getFirst());
        core.onConnected(nowNs);
        only(Register.class);
        assertInstanceOf(Disconnect.class, pass(60, 60).getFirst());
    }

    @Test
    void waitsLongerAfterEachFailureUpToABound() {
        core.start(nowNs);
        double[] mostSeconds = {0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 15, 15, 15};
        for (double most : mostSeconds) {
            actions();
            core.onFailed(problem(Problem.Kind.UNREACHABLE), nowNs);
            only(Disconnect.class);
            assertInstanceOf(FetchKey.class, pass(most / 2, most).getFirst());
        }
    }

    @Test
    void startsFromTheBeginningOnceAStreamWasStable() {
        follow();
        for (int i = 0; i < 4; i++) {
            core.onFailed(problem(Problem.Kind.ENDED), nowNs);
            actions();
            pass(0.1, 3.2);
            core.onConnected(nowNs);
            actions();
            core.onNews(map(false), nowNs);
            later(i < 3 ? 1 : 11); // the last one is stable
            actions();
        }
        core.onFailed(problem(Problem.Kind.ENDED), nowNs);
        assertTrue(nanosTold() <= 200_000_000L, "as after a first failure");
    }

    private long nanosTold() {
        actions();
        return lastTold(CoordinationEvent.Failed.class).retryInNs();
    }

    @Test
    void comesBackWithoutRegisteringAgain() {
        follow();
        core.onFailed(problem(Problem.Kind.ENDED), nowNs);
        only(Disconnect.class);
        assertInstanceOf(Connect.class, pass(0.1, 0.2).getFirst());
        core.onConnected(nowNs);
        List<Action> actions = actions();
        assertInstanceOf(OpenStream.class, actions.get(0));
        assertInstanceOf(Report.class, actions.get(1));
        assertEquals(2, actions.size());
    }

    @Test
    void asksForTheKeyAgainIfItIsNotTheCoordinators() {
        core.start(nowNs);
        actions();
        core.onKey(COORDINATOR, nowNs);
        only(Connect.class);
        core.onFailed(problem(Problem.Kind.WRONG_KEY), nowNs);
        actions();
        assertInstanceOf(FetchKey.class, pass(0.1, 0.2).getFirst());
    }

    @Test
    void doesNotConnectToAnotherThanTheKnownCoordinator() {
        core = new Coordination(
                new NodeSettings(NODE, MachineKey.of(key(7)), "", false, 131), status("a"), new Seeded(9));
        core.start(nowNs);
        actions();
        core.onKey(COORDINATOR, nowNs);
        only(Disconnect.class);
        assertEquals(
                Problem.Kind.WRONG_KEY,
                lastTold(CoordinationEvent.Failed.class).problem().kind());
    }

    @Test
    void givesUpAStreamThatIsSilentForTwoMinutes() {
        follow();
        later(100);
        core.onStreamBytes(nowNs);
        later(119);
        assertEquals(List.of(), actions());
        assertInstanceOf(Disconnect.class, pass(1, 1).getFirst());
        assertEquals(
                Problem.Kind.TIMEOUT,
                lastTold(CoordinationEvent.Failed.class).problem().kind());
    }

    @Test
    void showsTheLoginAndAsksAgainAsLongAsItTakes() {
        core = make("");
        connect();
        core.onRegistered(RegisterResponse.builder().authUrl(LOGIN).build(), nowNs);
        RegisterRequest waiting = only(Register.class).request();
        assertEquals(LOGIN, waiting.followup());
        assertNull(waiting.auth());
        assertEquals(LOGIN, lastTold(CoordinationEvent.LoginNeeded.class).url());

        Register again = assertInstanceOf(Register.class, pass(300, 300).getFirst());
        assertEquals(LOGIN, again.request().followup());
        core.onRegistered(RegisterResponse.builder().authUrl(LOGIN).build(), nowNs); // the same one: not at once
        assertEquals(List.of(), actions());
        assertInstanceOf(Register.class, pass(0.1, 0.2).getFirst());
        core.onRegistered(admitted(), nowNs);
        assertInstanceOf(OpenStream.class, actions().getFirst());
    }

    @Test
    void goesOnWithTheSameLoginOnANewConnection() {
        core = make("");
        connect();
        core.onRegistered(RegisterResponse.builder().authUrl(LOGIN).build(), nowNs);
        actions();
        core.onFailed(problem(Problem.Kind.ENDED), nowNs);
        actions();
        pass(0.1, 0.2);
        core.onConnected(nowNs);
        assertEquals(LOGIN, only(Register.class).request().followup());
    }

    @Test
    void showsACodeBesideTheLoginIfItIsOne() {
        core = make("");
        connect();
        RegisterResponse.Builder login = RegisterResponse.builder().authUrl(LOGIN);
        core.onRegistered(
                login.codeUrl("https://c.example/device").userCode("BCDF-GHJK").build(), nowNs);
        only(Register.class);
        CoordinationEvent.LoginNeeded told = lastTold(CoordinationEvent.LoginNeeded.class);
        assertEquals("https://c.example/device BCDF-GHJK", told.codeUrl() + " " + told.code());

        core = make("");
        connect();
        core.onRegistered(login.userCode("\u001b[31mBCDF").build(), nowNs);
        only(Register.class);
        assertEquals(new CoordinationEvent.LoginNeeded(LOGIN), lastTold(CoordinationEvent.LoginNeeded.class));
    }

    @Test
    void showsNoLoginThatIsNoUrl() {
        core = make("");
        connect();
        core.onRegistered(
                RegisterResponse.builder().authUrl("javascript:alert(1)").build(), nowNs);
        only(Disconnect.class);
        assertEquals(
                Problem.Kind.BROKEN,
                lastTold(CoordinationEvent.Failed.class).problem().kind());
    }

    @Test
    void takesANoForAnAnswerForAMinute() {
        connect();
        core.onRegistered(
                RegisterResponse.builder().error("no\u001b[2J such key").build(), nowNs);
        only(Disconnect.class);
        Problem refused = lastTold(CoordinationEvent.Failed.class).problem();
        assertEquals(Problem.Kind.REFUSED, refused.kind());
        assertEquals("no?[2J such key", refused.text());
        assertInstanceOf(Connect.class, pass(60, 90).getFirst());
    }

    @Test
    void waitsAsLongAsItIsAskedTo() {
        connect();
        core.onRegisterFailed(new Problem(Problem.Kind.BUSY, "so", Duration.ofSeconds(20)), nowNs);
        only(Disconnect.class);
        pass(20, 30);
        actions();
        core.onFailed(new Problem(Problem.Kind.BUSY, "so", Duration.ofDays(2)), nowNs);
        only(Disconnect.class);
        pass(3600, 5400); // and no longer than an hour, half as much for chance
    }

    @Test
    void renewsItsKeyWhileTheOldOneGoesOn() {
        follow();
        core.rotateTo(OTHER, "", nowNs);
        RegisterRequest request = only(Register.class).request();
        assertEquals(OTHER, request.nodeKey());
        assertEquals(NODE, request.oldNodeKey());

        core.onRegisterFailed(problem(Problem.Kind.BUSY), nowNs);
        assertEquals(List.of(), actions()); // the stream goes on
        assertInstanceOf(Register.class, pass(0.1, 0.2).getFirst());
        core.onRegistered(admitted(), nowNs);
        OpenStream open = assertInstanceOf(OpenStream.class, actions().getFirst());
        assertEquals(OTHER, open.request().nodeKey());
    }

    @Test
    void anotherKeyIsLetInByWhatIsGivenForItOnly() {
        follow();
        core.rotateTo(OTHER, "second", nowNs);
        assertEquals(
                "second",
                Objects.requireNonNull(only(Register.class).request().auth()).authKey());

        core.onRegistered(admitted(), nowNs);
        actions();

        core.rotateTo(NODE, "", nowNs);
        assertNull(only(Register.class).request().auth());
    }

    @Test
    void comesNotBackByTheKeyThatLetItInOnce() {
        follow();
        core.onStreamEnded(problem(Problem.Kind.UNKNOWN_NODE), nowNs);
        Register again = actions().stream()
                .filter(Register.class::isInstance)
                .map(Register.class::cast)
                .findFirst()
                .orElseGet(() -> assertInstanceOf(Register.class, pass(0, 60).getFirst()));
        assertEquals(NODE, again.request().nodeKey());
        assertNull(again.request().auth());
    }

    @Test
    void waitsForANewKeyWhenTheOldOneHasExpired() {
        connect();
        core.onRegistered(RegisterResponse.builder().nodeKeyExpired(true).build(), nowNs);
        only(Disconnect.class);
        assertEquals(NODE, lastTold(CoordinationEvent.KeyExpired.class).key());
        assertEquals(Long.MAX_VALUE, core.leftNs(nowNs));

        core.rotateTo(OTHER, "", nowNs);
        only(Connect.class);
        core.onConnected(nowNs);
        RegisterRequest request = only(Register.class).request();
        assertEquals(OTHER, request.nodeKey());
        assertEquals(NODE, request.oldNodeKey());
    }

    @Test
    void seesInItsMapThatItsKeyHasExpired() {
        follow();
        core.onNews(map(true), nowNs);
        only(Disconnect.class);
        lastTold(CoordinationEvent.KeyExpired.class);
    }

    @Test
    void registersOnceMoreWhenItIsNotKnownAndThenBacksOff() {
        follow();
        core.onStreamEnded(problem(Problem.Kind.UNKNOWN_NODE), nowNs);
        only(Register.class);
        core.onRegistered(admitted(), nowNs);
        actions();
        core.onStreamEnded(problem(Problem.Kind.UNKNOWN_NODE), nowNs);
        only(Disconnect.class);
    }

    /** As after a restart in the midst of a renewal that the coordinator had finished already. */
    @Test
    void triesTheNextKeyBeforeItAsksForALogin() {
        core = new Coordination(
                new NodeSettings(NODE, null, "", false, 131).followedBy(OTHER), status("a"), new Seeded(9));
        assertEquals(NODE, connect().nodeKey());
        core.onRegistered(RegisterResponse.builder().authUrl(LOGIN).build(), nowNs);
        RegisterRequest next = only(Register.class).request();
        assertEquals(OTHER, next.nodeKey());
        assertEquals(NODE, next.oldNodeKey());
        assertEquals("", next.followup());
        assertTrue(told.stream().noneMatch(CoordinationEvent.LoginNeeded.class::isInstance), told.toString());

        core.onRegistered(admitted(), nowNs);
        actions();
        assertEquals(OTHER, lastTold(CoordinationEvent.Registered.class).key());
    }

    @Test
    void triesTheNextKeyWhenTheOldOneIsNotKnownAnyMore() {
        core = new Coordination(
                new NodeSettings(NODE, null, "", false, 131).followedBy(OTHER), status("a"), new Seeded(9));
        follow();
        core.onStreamEnded(problem(Problem.Kind.UNKNOWN_NODE), nowNs);
        assertEquals(OTHER, only(Register.class).request().nodeKey());

        core.onRegistered(RegisterResponse.builder().authUrl(LOGIN).build(), nowNs);
        actions();
        assertEquals(LOGIN, lastTold(CoordinationEvent.LoginNeeded.class).url());
    }

    @Test
    void opensAStreamThatEndedAgainOnTheSameConnection() {
        follow();
        core.onStreamEnded(problem(Problem.Kind.ENDED), nowNs);
        assertEquals(List.of(), actions());
        assertInstanceOf(OpenStream.class, pass(0.1, 0.2).getFirst());
    }

    @Test
    void reportsTheLatestOfWhatChangedMeanwhile() {
        follow();
        core.report(status("b"), nowNs);
        only(Report.class);
        core.report(status("c"), nowNs);
        core.report(status("d"), nowNs);
        assertEquals(List.of(), actions());
        core.onReported(nowNs);
        Hostinfo sent = only(Report.class).request().hostinfo();
        assertEquals("d", sent == null ? "" : sent.hostname());
        core.onReported(nowNs);
        core.report(status("d"), nowNs);
        assertEquals(List.of(), actions()); // nothing new
    }

    @Test
    void triesAReportThatFailedAgain() {
        follow();
        core.report(status("b"), nowNs);
        only(Report.class);
        core.onReportFailed(problem(Problem.Kind.BUSY), nowNs);
        assertEquals(List.of(), actions());
        assertInstanceOf(Report.class, pass(0.1, 0.2).getFirst());
    }

    @Test
    void givesUpAConnectionOnWhichAReportIsNotAnswered() {
        follow();
        later(50);
        core.onStreamBytes(nowNs);
        core.report(status("b"), nowNs);
        only(Report.class);
        assertInstanceOf(Disconnect.class, pass(60, 60).getFirst());
    }

    @Test
    void logsOutAndEnds() {
        follow();
        core.logout(nowNs);
        RegisterRequest request = only(Register.class).request();
        assertEquals(java.time.Instant.EPOCH, request.expiry());
        assertNull(request.auth());
        core.onRegistered(RegisterResponse.builder().nodeKeyExpired(true).build(), nowNs);
        only(Disconnect.class);
        lastTold(CoordinationEvent.LoggedOut.class);
        assertEquals(Long.MAX_VALUE, core.leftNs(nowNs));
    }

    @Test
    void logsOutAlsoIfItHasToConnectFirst() {
        follow();
        core.onFailed(problem(Problem.Kind.ENDED), nowNs);
        only(Disconnect.class);
        core.logout(nowNs);
        only(Connect.class);
        core.onConnected(nowNs);
        assertEquals(java.time.Instant.EPOCH, only(Register.class).request().expiry());
    }

    @Test
    void doesNotWaitWhenTheNetworkIsAnotherOne() {
        follow();
        core.onFailed(problem(Problem.Kind.ENDED), nowNs);
        only(Disconnect.class);
        core.onNetworkChanged(false, nowNs);
        assertEquals(List.of(), actions(), "another address is no other way");
        core.onNetworkChanged(true, nowNs);
        only(Connect.class);
    }

    @Test
    void aConnectionHasToShowThatItOutlivedAChangeOfTheNetwork() {
        follow();
        core.onNetworkChanged(true, nowNs);
        only(Report.class);
        core.onNetworkChanged(true, nowNs);
        assertEquals(List.of(), actions(), "one question is enough");
        core.onReported(nowNs);
        later(6);
        assertEquals(List.of(), actions(), "it has");

        core.onNetworkChanged(false, nowNs);
        only(Report.class);
        later(5);
        List<Action> dead = actions();
        assertInstanceOf(Disconnect.class, dead.get(0));
        assertInstanceOf(Connect.class, dead.get(1), "at once");
        assertEquals(2, dead.size());
        assertEquals(0, lastTold(CoordinationEvent.Failed.class).retryInNs());
    }

    @Test
    void aKeyThatWasRefusedCanBeGivenUp() {
        follow();
        core.rotateTo(OTHER, "spent", nowNs);
        assertEquals(OTHER, only(Register.class).request().nodeKey());
        core.onRegistered(RegisterResponse.builder().error("used up").build(), nowNs);
        assertEquals(List.of(), actions());
        assertEquals(
                Problem.Kind.REFUSED,
                lastTold(CoordinationEvent.Failed.class).problem().kind());
        core.rotateTo(NODE, "", nowNs);
        later(90);
        assertEquals(List.of(), actions(), "it is not asked again");
        core.onFailed(problem(Problem.Kind.ENDED), nowNs);
        only(Disconnect.class);
        core.onNetworkChanged(true, nowNs);
        only(Connect.class);
        core.onConnected(nowNs);
        assertTrue(actions().stream().noneMatch(Register.class::isInstance), "the old key is good");
    }

    @Test
    void whatIsOnTheWayGoesAnewByAnotherNetwork() {
        core.start(nowNs);
        only(FetchKey.class);
        core.onNetworkChanged(false, nowNs);
        assertEquals(List.of(), actions());
        core.onNetworkChanged(true, nowNs);
        List<Action> again = actions();
        assertInstanceOf(Disconnect.class, again.get(0));
        assertInstanceOf(FetchKey.class, again.get(1));
    }

    @Test
    void aLoginIsWaitedForByTheNewNetwork() {
        connect();
        core.onRegistered(RegisterResponse.builder().authUrl(LOGIN).build(), nowNs);
        only(Register.class);
        core.onNetworkChanged(true, nowNs);
        List<Action> again = actions();
        assertInstanceOf(Disconnect.class, again.get(0));
        assertInstanceOf(Connect.class, again.get(1));
        core.onConnected(nowNs);
        assertEquals(LOGIN, only(Register.class).request().followup());
    }

    @Test
    void saysNothingMoreOnceItIsStopped() {
        follow();
        core.stop();
        only(Disconnect.class);
        int before = told.size();
        core.onFailed(problem(Problem.Kind.ENDED), nowNs);
        core.onStreamEnded(problem(Problem.Kind.ENDED), nowNs);
        core.onRegistered(admitted(), nowNs);
        core.report(status("z"), nowNs);
        later(1000);
        assertEquals(List.of(), actions());
        assertEquals(before, told.size());
    }

    @Test
    void nodesThatLostTheirCoordinatorTogetherDoNotComeBackTogether() {
        Set<Long> waits = new java.util.HashSet<>();
        for (int i = 0; i < 100; i++) {
            waits.add(new Backoff(new Seeded(i), Coordination.MAX_BACKOFF_NS).nextNs());
        }
        assertTrue(waits.size() > 95, waits.size() + " of 100 differ");
        assertNotEquals(0, waits.stream().mapToLong(Long::longValue).min().orElse(0));
        assertFalse(waits.stream().anyMatch(wait -> wait > Backoff.FIRST_NS));
    }
}
