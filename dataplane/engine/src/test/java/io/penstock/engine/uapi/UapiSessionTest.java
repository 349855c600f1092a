package io.penstock.engine.uapi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.uapi.Snapshot.Item;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UapiSessionTest {
    private static final String KEY = "0123456789abcdef".repeat(4);
    private static final String PEER = "b69b0d879873bc32f278336fd14097542ef513798a6042c008d19cd51ed8740d";
    private static final String OTHER = "fe".repeat(32);
    private static final String OK = "errno=0\n\n";
    private static final String REQUEST = "set=1\nprivate_key=" + KEY + "\nlisten_port=51820\nfwmark=4294967295\n"
            + "replace_peers=true\npublic_key=" + PEER + "\nupdate_only=true\npreshared_key=" + OTHER
            + "\nprotocol_version=1\nendpoint=192.0.2.1:51820\npersistent_keepalive_interval=25\n"
            + "replace_allowed_ips=true\nallowed_ip=10.0.0.2/8\nallowed_ip=-fd00::1/64\npublic_key=" + OTHER
            + "\nremove=true\nendpoint=[2001:db8::1]:1\n\n";
    private static final List<String> CHANGES = List.of(
            "PrivateKey " + KEY,
            "ListenPort 51820",
            "Fwmark 4294967295",
            "ReplacePeers",
            "EndOfPeer",
            "SelectPeer " + PEER,
            "UpdateOnly",
            "PresharedKey " + OTHER,
            "SetEndpoint 192.0.2.1:51820",
            "PersistentKeepalive 25",
            "ReplaceAllowedIps",
            "AddAllowedIp 10.0.0.0/8",
            "RemoveAllowedIp fd00::/64",
            "EndOfPeer",
            "SelectPeer " + OTHER,
            "Remove",
            "SetEndpoint [2001:db8::1]:1",
            "EndOfPeer");

    private final RecordingConfiguration configuration = new RecordingConfiguration();
    private final SessionDriver driver = new SessionDriver(configuration);

    @Test
    void understandsEveryKey() {
        assertTrue(driver.send(REQUEST));
        assertEquals(CHANGES, configuration.changes);
        assertEquals(OK, driver.replies());
    }

    @Test
    void takesRequestsSplitAtAnyByte() {
        byte[] bytes = REQUEST.getBytes(UTF_8);
        for (int split = 0; split <= bytes.length; split++) {
            RecordingConfiguration split2 = new RecordingConfiguration();
            SessionDriver halves = new SessionDriver(split2);
            halves.send(bytes, 0, split);
            halves.send(bytes, split, bytes.length - split);
            assertEquals(CHANGES, split2.changes, "split at " + split);
            assertEquals(OK, halves.replies());
        }
    }

    @Test
    void takesRequestsByteByByte() {
        for (byte b : REQUEST.getBytes(UTF_8)) {
            driver.send(new byte[] {b});
        }
        assertEquals(CHANGES, configuration.changes);
        assertEquals(OK, driver.replies());
    }

    @Test
    void answersPipelinedRequestsInTheirOrder() {
        configuration.own = new Item.Interface(null, 7, 0);
        driver.send("get=1\n\nset=1\nfwmark=1\n\nget=1\n\nset=1\nfwmark=x\n\nget=1\n\nset=1\n\n");
        assertEquals(
                "listen_port=7\nerrno=0\n\n" + OK + "listen_port=7\nerrno=0\n\nerrno=-22\n\nlisten_port=7\nerrno=0\n\n"
                        + OK,
                driver.replies());
        assertTrue(driver.isOpen());
    }

    @Test
    void splitsLargeRequestsIntoBatches() {
        StringBuilder request = new StringBuilder("set=1\npublic_key=" + PEER + "\n");
        for (int i = 0; i < 3 * Change.BATCH; i++) {
            request.append("allowed_ip=10.")
                    .append(i >> 8)
                    .append('.')
                    .append(i & 255)
                    .append(".0/24\n");
        }
        driver.send(request + "\n");
        assertEquals(OK, driver.replies());
        assertEquals(3 * Change.BATCH + 3, configuration.changes.size());
        assertTrue(configuration.batchSizes.stream().allMatch(size -> size <= Change.BATCH));
    }

    @Test
    void keepsWhatCameBeforeTheBadLine() {
        driver.send("set=1\nlisten_port=1\nlisten_port=65536\nlisten_port=2\n\n");
        assertEquals("errno=-22\n\n", driver.replies());
        assertEquals(List.of("ListenPort 1"), configuration.changes);
    }

    @Test
    void endsThePeerBeforeABadNextPeer() {
        driver.send("set=1\npublic_key=" + PEER + "\npublic_key=12\n\n");
        assertEquals("errno=-22\n\n", driver.replies());
        assertEquals(List.of("EndOfPeer", "SelectPeer " + PEER, "EndOfPeer"), configuration.changes);
    }

    @Test
    void repliesWhatTheConfigurationRefuses() {
        configuration.refused = "ListenPort";
        driver.send("set=1\nfwmark=1\nlisten_port=1\nfwmark=2\n\n");
        assertEquals("errno=-98\n\n", driver.replies());
        assertEquals(List.of("Fwmark 1"), configuration.changes);
    }

    @Test
    void repliesOnceWhenAnEarlierChangeIsRefusedAndALaterLineIsBad() {
        configuration.refused = "ListenPort";
        driver.send("set=1\nlisten_port=1\nnonsense\n\nset=1\nfwmark=3\n\n");
        assertEquals("errno=-98\n\n" + OK, driver.replies());
    }

    @Test
    void skipsTheRestOfARefusedRequest() {
        driver.send("set=1\nfwmark=-1\nfwmark=2\nendpoint=x\n");
        assertEquals("errno=-22\n\n", driver.replies());
        driver.send("set=1\nfwmark=3\n\n"); // a client that gave up in the middle
        assertEquals(OK, driver.replies());
        assertEquals(List.of("Fwmark 3", "EndOfPeer"), configuration.changes);
    }

    @Test
    void closesAfterAnUnknownFirstLine() {
        for (String first :
                List.of("\n", "get=2\n", "set=1 \n", "GET=1\n", "get=1\r\n", "fwmark=1\n", "x\nget=1\n\n")) {
            SessionDriver closing = new SessionDriver(configuration);
            assertFalse(closing.send(first), first);
            assertEquals("", closing.replies());
        }
        assertTrue(configuration.changes.isEmpty());
    }

    @Test
    void refusesTextBehindGet() {
        driver.send("get=1\nlisten_port\n");
        assertEquals("errno=-22\n\n", driver.replies());
        driver.send("\nget=1\n\n");
        assertEquals(OK, driver.replies());
    }

    @Test
    void repliesErrnoWhenTheStateCannotBeRead() {
        configuration.readStatus = -19;
        driver.send("get=1\n\n");
        assertEquals("errno=-19\n\n", driver.replies());
    }

    @Test
    void endsASetAtTheEndOfInput() {
        driver.send("set=1\nfwmark=1\nlisten_port=2"); // the last line counts without its newline
        driver.end();
        assertEquals(OK, driver.replies());
        assertEquals(List.of("Fwmark 1", "ListenPort 2", "EndOfPeer"), configuration.changes);
    }

    @Test
    void saysNothingAtTheEndOfInputOutsideASet() {
        for (String text : List.of("", "set=1", "get=1", "get=1\n", "ge", "set=1\nfwmark=x\nfwmark=1")) {
            SessionDriver ending = new SessionDriver(configuration);
            ending.send(text);
            ending.replies();
            ending.end();
            assertEquals("", ending.replies(), text);
        }
        assertTrue(configuration.changes.isEmpty());
    }

    @Test
    void takesCarriageReturnsInASet() {
        driver.send("set=1\nfwmark=1\r\nlisten_port=2\r\n\r\n");
        assertEquals(OK, driver.replies());
        assertEquals(List.of("Fwmark 1", "ListenPort 2", "EndOfPeer"), configuration.changes);
    }

    @Test
    void takesOnlyOneCarriageReturn() {
        driver.send("set=1\nfwmark=1\r\r\n\n");
        assertEquals("errno=-22\n\n", driver.replies());
    }

    @Test
    void boundsALine() {
        String longest = "fwmark=" + "0".repeat(LineBuffer.LIMIT_BYTES - 8) + "5";
        driver.send("set=1\n" + longest + "\n\n");
        assertEquals(OK, driver.replies());
        assertEquals(List.of("Fwmark 5", "EndOfPeer"), configuration.changes);
    }

    @Test
    void refusesALineBeyondTheBoundHoweverItComes() {
        String tooLong = "fwmark=" + "0".repeat(LineBuffer.LIMIT_BYTES - 7) + "5";
        byte[] request = ("set=1\nfwmark=6\n" + tooLong + "\n\nget=1\n\n").getBytes(UTF_8);
        for (int piece : List.of(1, 1000, request.length)) {
            RecordingConfiguration recording = new RecordingConfiguration();
            SessionDriver pieces = new SessionDriver(recording);
            for (int at = 0; at < request.length; at += piece) {
                pieces.send(request, at, Math.min(piece, request.length - at));
            }
            assertEquals("errno=-5\n\n" + OK, pieces.replies());
            assertEquals(List.of("Fwmark 6", "EndOfPeer"), recording.changes);
        }
    }

    @Test
    void closesWhenTheFirstLineDoesNotEnd() {
        byte[] noise = new byte[1000];
        int sent = 0;
        while (driver.send(noise)) {
            sent += noise.length;
            assertTrue(sent <= LineBuffer.LIMIT_BYTES);
        }
        assertEquals("", driver.replies());
    }

    @Test
    void skipsAnEndlessLineWithoutKeepingIt() {
        driver.send("set=1\nx\n");
        assertEquals("errno=-71\n\n", driver.replies());
        byte[] noise = "y".repeat(100_000).getBytes(UTF_8);
        for (int i = 0; i < 100; i++) {
            assertTrue(driver.send(noise));
        }
        driver.send("\n\nget=1\n\n");
        assertEquals(OK, driver.replies());
    }

    @Test
    void wipesSecretsOnceApplied() {
        driver.send(REQUEST);
        assertEquals(2, configuration.secrets.size());
        assertTrue(configuration.secrets.stream().allMatch(Secret::isZero));
    }

    @Test
    void wipesSecretsOfARequestThatNeverEnds() {
        List<Change> seen = new ArrayList<>();
        UapiSession session = new UapiSession(
                new Configuration() {
                    @Override
                    public int apply(PeerBlock block, List<Change> changes) {
                        seen.addAll(changes);
                        throw new IllegalStateException("stopped");
                    }

                    @Override
                    public int read(Snapshot snapshot) {
                        return 0;
                    }
                },
                (bytes, offset, length) -> true,
                zone -> 0,
                System.getLogger("test"));
        byte[] request = ("set=1\nprivate_key=" + KEY + "\n\n").getBytes(UTF_8);
        assertThrows(IllegalStateException.class, () -> session.receive(request, 0, request.length));
        assertTrue(((Change.PrivateKey) seen.get(0)).key().isZero());
    }

    @Test
    void closesWhenTheReaderIsGone() {
        driver.goAway();
        assertFalse(driver.send("set=1\n\n"));
    }

    @Test
    void neverLogsTheText() {
        driver.send("set=1\npreshared_key=" + KEY + "\n\n" + "set=1\nprivate_key=" + KEY + "00\n\n" + KEY + "\n");
        assertEquals(3, driver.log.size());
        assertFalse(driver.log.toString().contains(KEY.substring(0, 8)), driver.log.toString());
    }
}
