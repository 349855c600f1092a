package io.penstock.node.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.api.Answer;
import io.penstock.node.api.ApiError;
import io.penstock.node.api.PreferencesChange;
import io.penstock.node.api.Request;
import io.penstock.node.api.StaticPeer;
import io.penstock.node.coordination.core.CoordinationEvent;
import io.penstock.node.coordination.core.Problem;
import io.penstock.node.daemon.core.NetMaps;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.RegisterResponse;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A daemon whose interface, host and coordinator are a test's. */
@Timeout(120)
class DaemonTest {
    private static final PreferencesChange HQ =
            PreferencesChange.builder().server("https://vpn.example.org").build();
    private static final String LOGIN = "https://vpn.example.org/register/7";

    @TempDir
    private Path folder = Path.of("");

    private DaemonWorld world = new DaemonWorld();

    @BeforeEach
    void start() throws IOException {
        world.start(folder.resolve("state"));
    }

    @AfterEach
    void end() throws Exception {
        world.end();
    }

    private static Request up(boolean newLogin, String authKey, long timeoutMs) {
        return new Request.Up(HQ, authKey, newLogin, timeoutMs);
    }

    /** Joins, and says under which key. */
    private NodeKey join() throws Exception {
        Replies replies = world.ask(up(false, "", 0));
        NodeKey key = world.started().settings().nodeKey();
        world.tell(new CoordinationEvent.Connected(MachineKey.of(new byte[32])));
        world.tell(registered(key));
        world.tell(mapOf(key));
        assertNotNull(world.end(replies).result());
        return key;
    }

    /** Joins, and does not wait for that. */
    private Replies joinInVain() throws Exception {
        Replies replies = world.ask(up(false, "", 0));
        NodeKey key = world.started().settings().nodeKey();
        world.tell(new CoordinationEvent.Connected(MachineKey.of(new byte[32])));
        world.tell(registered(key));
        world.tell(mapOf(key));
        return replies;
    }

    private static CoordinationEvent registered(NodeKey key) {
        return new CoordinationEvent.Registered(key, RegisterResponse.builder().build());
    }

    private static CoordinationEvent mapOf(NodeKey key) {
        NetMap map = NetMaps.of(NetMaps.node(1, node -> node.key(key)), NetMaps.node(2, node -> node));
        return new CoordinationEvent.MapChanged(map, Set.of(2L));
    }

    private static String text(Answer answer) {
        ApiError error = answer.error();
        return error == null ? String.valueOf(answer.result()) : error.code() + ": " + error.text();
    }

    @Test
    void loginAgainWaitsForTheLoginAndTellsWhere() throws Exception {
        NodeKey key = join();
        Replies replies = world.ask(up(true, "", 0));
        DaemonWorld.Rotation rotation = world.rotation();
        assertNotEquals(key, rotation.key());

        world.tell(new CoordinationEvent.LoginNeeded(LOGIN));
        assertTrue(world.event(replies).contains(LOGIN));
        world.tell(mapOf(key));
        assertNull(replies.next(300), "the old key is good, and that is not what was asked for");

        world.tell(registered(rotation.key()));
        assertTrue(text(world.end(replies)).contains("running"));
        assertEquals(rotation.key(), world.usedKey());
    }

    @Test
    void aRefusedKeyEndsTheWaitingAndTheOldKeyStays() throws Exception {
        NodeKey key = join();
        Replies replies = world.ask(up(true, "spent", 0));
        assertEquals("spent", world.rotation().authKey());

        world.tell(new CoordinationEvent.Failed(Problem.of(Problem.Kind.REFUSED, "that key is used up"), 60_000));
        assertEquals("refused: that key is used up", text(world.end(replies)));
        assertEquals(new DaemonWorld.Rotation(key, ""), world.rotation());
    }

    @Test
    void aRestartWithinARenewalKnowsTheNextKey() throws Exception {
        join();
        world.ask(up(true, "", 0));
        DaemonWorld.Rotation rotation = world.rotation();
        world.end();
        world = new DaemonWorld();
        world.start(folder.resolve("state"));
        assertEquals(rotation.key(), world.started().settings().nextKey());
    }

    @Test
    void aLoginThatNobodyDoesInTimeIsSaidToBeThat() throws Exception {
        Replies replies = world.ask(up(false, "", 2_000));
        world.started();
        world.tell(new CoordinationEvent.LoginNeeded(LOGIN));
        String answer = text(world.end(replies));
        assertTrue(answer.startsWith("not-logged-in: ") && answer.endsWith(LOGIN), answer);
    }

    @Test
    void whatIsNotThereInTimeIsSaidToBeLate() throws Exception {
        String answer = text(world.end(world.ask(up(false, "", 200))));
        assertTrue(answer.startsWith("timed-out: the node is still starting"), answer);
    }

    @Test
    void aFaultIsSaidCountedAndSurvived() throws Exception {
        world.plane.filterFault = true;
        Replies replies = joinInVain();
        String status = awaitStatus("The packet filter");
        assertTrue(status.contains("internal-fault"), status);
        assertTrue(status.contains("planted"), status);
        assertTrue(status.contains("starting"), "nobody who probes it is told that it is well: " + status);
        assertTrue(world.plane.hasPeers, "what follows is done");
        assertTrue(world.plane.isShut, "the filter of before may be too wide");

        world.plane.filterFault = false;
        assertNotNull(world.end(replies).result(), "it is tried again");
        assertFalse(world.plane.isShut);
        assertFalse(awaitStatus("running").contains("The packet filter"));
    }

    @Test
    void withoutAnyFilterThereAreNoPeers() throws Exception {
        world.plane.filterFault = true;
        world.plane.shutFault = true;
        Replies replies = joinInVain();
        awaitStatus("The packet filter");
        assertFalse(world.plane.hasPeers);

        world.plane.filterFault = false;
        assertNotNull(world.end(replies).result());
        assertTrue(world.plane.hasPeers);
    }

    @Test
    void anInterfaceOrAHostThatMeetsAFaultIsTriedAgain() throws Exception {
        world.plane.openFault = true;
        world.plane.routesFault = true;
        Replies replies = joinInVain();
        awaitStatus("no-interface");
        world.plane.openFault = false;
        awaitStatus("\"host\"");
        world.plane.routesFault = false;
        assertNotNull(world.end(replies).result());
    }

    @Test
    void aCoordinatorThatCannotBeAskedIsAskedLater() throws Exception {
        world.refusedStarts.set(2);
        Replies replies = world.ask(up(false, "once", 0));
        assertEquals("once", world.started().settings().authKey());
        assertInstanceOf(Answer.class, world.end(world.ask(new Request.Down())));
        assertNotNull(world.end(replies).error());
    }

    /** Until the status has this; says it whole. */
    private String awaitStatus(String text) throws Exception {
        String status = text(world.end(world.ask(new Request.GetStatus())));
        while (!status.contains(text)) {
            Thread.onSpinWait();
            status = text(world.end(world.ask(new Request.GetStatus())));
        }
        return status;
    }

    @Test
    void tooManyFaultsEndItWithTheHostPutBack() throws Exception {
        join();
        world.plane.readingsFault = true;
        int undone = world.undone();
        for (int n = 0; n < 25 && world.isRunning(); n++) {
            Answer answer = world.answer(world.ask(new Request.GetStatus()));
            assertTrue(answer == null || answer.error() != null);
        }
        String reason = Objects.requireNonNull(world.awaitFailure());
        assertTrue(reason.contains("too many faults"), reason);
        assertTrue(world.undone() > undone);
        assertTrue(world.plane.isClosed);
    }

    @Test
    void whatCannotBePutBackIsSaidUntilItIs() throws Exception {
        join();
        world.refusedUndo = "not put back as before: rule x (Operation not permitted)";
        String down = text(world.end(world.ask(new Request.Down())));
        assertTrue(down.startsWith("failed: ") && down.contains("rule x (Operation not permitted)"), down);
        String status = text(world.end(world.ask(new Request.GetStatus())));
        assertTrue(status.contains("host-left"), status);

        world.refusedUndo = null;
        assertInstanceOf(Answer.class, world.end(world.ask(new Request.Down())));
        status = text(world.end(world.ask(new Request.GetStatus())));
        assertFalse(status.contains("host-left"), status);
    }

    @Test
    void aLogoutThatDidNotPutTheHostBackHasFailed() throws Exception {
        join();
        world.refusedUndo = "not put back as before: rule x (Operation not permitted)";
        Replies replies = world.ask(new Request.Logout());
        world.tell(new CoordinationEvent.LoggedOut());
        String left = text(world.end(replies));
        assertTrue(left.startsWith("failed: the node is logged out, but") && left.contains("rule x"), left);

        world.refusedUndo = null;
        assertNotNull(world.end(world.ask(new Request.Logout())).result());
    }

    @Test
    void pingsAndPathsOfWhoIsNotThereAreToldTheTruth() throws Exception {
        assertTrue(text(world.end(world.ask(new Request.DebugPath("x")))).startsWith("not-up: the node is not up"));
        StaticPeer branch = new StaticPeer("branch", NetMaps.key(7), List.of(Prefix.parse("10.9.0.1/32")), null, 0);
        world.end(world.ask(new Request.ImportPeers(List.of(branch), Map.of())));
        assertNotNull(world.end(world.ask(new Request.Up(PreferencesChange.NONE, "", false, 0)))
                .result());

        for (String name : List.of("branch", "10.9.0.1")) {
            String answer = text(world.end(world.ask(new Request.DebugPath(name))));
            assertTrue(answer.startsWith("bad-request: " + name + " is a plain WireGuard peer"), answer);
        }
        String answer = text(world.end(world.ask(new Request.DebugPath("x"))));
        assertTrue(answer.startsWith("not-found: no peer is called x"), answer);
    }

    @Test
    void asksTheRouterForAPortUnlessItIsToldNotTo() throws Exception {
        join();
        assertEquals("true", String.valueOf(world.plane.mapsPort));
        world.end(world.ask(
                new Request.Set(PreferencesChange.builder().portMapping(false).build())));
        assertEquals("false", String.valueOf(world.plane.mapsPort));
    }

    @Test
    void anInterfaceThatThisHostHasIsNotTakenAndNothingIsChanged() throws Exception {
        join();
        String answer = text(world.end(world.ask(
                new Request.Set(PreferencesChange.builder().interfaceName("lo").build()))));
        assertEquals("bad-request: this host has an interface lo already: choose another name", answer);
        assertFalse(world.plane.isClosed);
    }

    @Test
    void aLogoutThatWasHeardIsDone() throws Exception {
        join();
        Replies replies = world.ask(new Request.Logout());
        world.tell(new CoordinationEvent.LoggedOut());
        assertTrue(text(world.end(replies)).contains("stopped"));
    }
}
