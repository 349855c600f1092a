package io.penstock.wireguard.peer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.Seeded;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The timers against a twin that does what the table of section 7 says, event by event. */
class PeerTimersTest {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;
    private static final long JITTER = 333 * MS / 2;

    private final Seeded seeded = Seeded.create();

    @Test
    void agreesWithANaiveTwin() {
        Random random = seeded.random();
        int lines = 0;
        int wakeUps = 0;
        for (int round = 0; round < 300; round++) {
            long start = random.nextLong();
            Tested tested = new Tested(start);
            NaiveTimers twin = new NaiveTimers(start);
            long now = start;
            int busy = 1 + random.nextInt(30); // some rounds are dense, some are nearly silent
            for (int i = 0; i < 300; i++) {
                now += 1 + (long) (random.nextDouble() * random.nextDouble() * busy * SECOND);
                tested.runTo(now);
                twin.runTo(now);
                compare(twin.log, tested.log);
                int event = random.nextInt(40);
                int seconds = random.nextInt(3) == 0 ? 0 : 7 + 19 * random.nextInt(3);
                tested.apply(event, now, seconds);
                twin.apply(event, now, seconds);
                twin.log.add(now - start + " event " + event + " " + seconds);
                tested.log.add(now - start + " event " + event + " " + seconds);
            }
            now += 700 * SECOND;
            tested.runTo(now);
            twin.runTo(now);
            compare(twin.log, tested.log);
            lines += tested.log.size();
            wakeUps += tested.wakeUps;
        }
        int all = lines;
        assertTrue(all > 10_000, () -> all + " things happened");
        assertTrue(wakeUps > 0);
    }

    private void compare(List<String> expected, List<String> found) {
        int shown = Math.max(0, Math.min(expected.size(), found.size()) - 12);
        boolean same = expected.size() == found.size()
                && expected.subList(shown, expected.size()).equals(found.subList(shown, found.size()));
        assertTrue(
                same,
                () -> seeded + "\n" + expected.subList(shown, expected.size()) + "\n"
                        + found.subList(shown, found.size()));
    }

    /** Timers, marks and wake-ups together, visited only when the lane or the deadline says so. */
    private static final class Tested {
        private static final Entropy HALF = new Entropy() {
            @Override
            public void fill(byte[] bytes) {}

            @Override
            public int nextInt() {
                return Integer.MIN_VALUE; // half of all unsigned values
            }
        };

        final List<String> log = new ArrayList<>();
        int wakeUps;
        private final Peer peer = new Peer(PublicKey.of(new byte[32]), 0);
        private final PeerTimers timers = new PeerTimers(peer.activity(), HALF);
        private final TouchedPeers touched = new TouchedPeers();
        private final long start;
        private long deadline;

        Tested(long start) {
            this.start = start;
            timers.start(start);
            visit(start);
        }

        void runTo(long now) {
            while (deadline != PeerTimers.NONE && deadline - now <= 0) {
                visit(deadline);
            }
        }

        void apply(int event, long now, int seconds) {
            PeerActivity activity = peer.activity();
            switch (event) {
                case 0, 1, 2, 3, 4, 5, 6, 7 -> activity.onDataSent(now);
                case 8, 9 -> activity.onKeepaliveSent(now);
                case 10, 11, 12, 13, 14, 15, 16, 17 -> activity.onDataReceived(now);
                case 18, 19, 20 -> activity.onKeepaliveReceived(now);
                case 21, 22, 23 -> activity.requestHandshake();
                case 24 -> timers.onHandshakeReceived(now);
                case 25 -> timers.onResponseSent(now);
                case 26, 27 -> timers.onHandshakeComplete();
                case 28 -> timers.onKeysDerived(now);
                case 29 -> timers.persistentKeepalive(seconds, now);
                case 30 -> timers.onPrivateKeyChange(now);
                default -> {}
            }
            if (event >= 24) {
                visit(now);
            }
            touch(now);
        }

        private void touch(long now) {
            if (touched.add(peer)) {
                wakeUps++;
                Peer taken = touched.takeAll();
                if (taken != null) {
                    touched.next(taken);
                    visit(now);
                }
            }
        }

        private void visit(long now) {
            int due = timers.onTime(now);
            if ((due & PeerTimers.GIVE_UP) != 0) {
                log.add(now - start + " gives up");
            }
            if ((due & PeerTimers.ZERO_KEYS) != 0) {
                log.add(now - start + " zeroes");
            }
            if ((due & PeerTimers.START_HANDSHAKE) != 0) {
                log.add(now - start + " initiates");
                timers.onInitiationSent(now);
            }
            boolean keepalive = (due & PeerTimers.SEND_KEEPALIVE) != 0;
            if (keepalive) {
                log.add(now - start + " keepalive");
                peer.activity().onKeepaliveSent(now);
            }
            deadline = timers.settle(now);
            if (keepalive) {
                touch(now);
            }
        }
    }

    /** One armed or disarmed timer for each row of the table. */
    private static final class NaiveTimers {
        private static final long OFF = Long.MAX_VALUE;
        final List<String> log = new ArrayList<>();
        private final long start;
        private long now; // since the start
        private long lastHandshake = -OFF;
        private long retransmit = OFF;
        private boolean deferred;
        private int attempts;
        private long newHandshake = OFF;
        private long keepalive = OFF;
        private boolean needAnother;
        private long persistent = OFF;
        private long interval;
        private long zero = OFF;
        private long traversed;

        NaiveTimers(long start) {
            this.start = start;
        }

        void runTo(long absolute) {
            long end = absolute - start;
            while (true) {
                long next =
                        Math.min(Math.min(retransmit, newHandshake), Math.min(keepalive, Math.min(persistent, zero)));
                if (next > end) {
                    now = end;
                    return;
                }
                now = next;
                fire();
            }
        }

        private void fire() {
            if (retransmit == now) {
                retransmitFires();
            } else if (newHandshake == now) {
                newHandshake = OFF;
                request();
            } else if (keepalive == now) {
                boolean again = needAnother;
                sendKeepalive();
                if (again) {
                    keepalive = now + 10 * SECOND;
                }
            } else if (persistent == now) {
                sendKeepalive();
            } else {
                zero = OFF;
                log.add(now + " zeroes");
            }
        }

        private void retransmitFires() {
            retransmit = OFF;
            if (!may()) {
                retransmit = lastHandshake + 5 * SECOND + JITTER;
            } else if (deferred) {
                initiate();
            } else if (attempts > 18) {
                log.add(now + " gives up");
                cancelKeepalive();
                zero = zero == OFF ? now + 540 * SECOND : zero;
            } else {
                attempts++;
                initiate();
            }
        }

        void apply(int event, long absolute, int seconds) {
            now = absolute - start;
            switch (event) {
                case 0, 1, 2, 3, 4, 5, 6, 7 -> {
                    sent();
                    newHandshake = newHandshake == OFF ? now + 15 * SECOND + JITTER : newHandshake;
                }
                case 8, 9 -> sent();
                case 10, 11, 12, 13, 14, 15, 16, 17 -> {
                    received();
                    needAnother = keepalive != OFF;
                    keepalive = keepalive == OFF ? now + 10 * SECOND : keepalive;
                }
                case 18, 19, 20, 24 -> received();
                case 21, 22, 23 -> request();
                case 25 -> {
                    lastHandshake = now;
                    sent();
                }
                case 26, 27 -> {
                    retransmit = OFF;
                    deferred = false;
                    attempts = 0;
                }
                case 28 -> zero = now + 540 * SECOND;
                case 29 -> {
                    traversed = interval == 0 ? now : traversed;
                    interval = seconds * SECOND;
                    persistent = seconds == 0 ? OFF : Math.max(now, traversed + interval);
                    if (persistent == now) {
                        sendKeepalive();
                    }
                }
                case 30 -> {
                    lastHandshake = -OFF;
                    if (retransmit != OFF) {
                        initiate();
                    }
                }
                default -> {}
            }
        }

        private void request() {
            attempts = 0;
            if (retransmit != OFF && lastHandshake != -OFF) {
                return; // the retry is a start then
            }
            if (may()) {
                initiate();
            } else {
                deferred = true;
                retransmit = lastHandshake + 5 * SECOND + JITTER;
            }
        }

        private boolean may() {
            return lastHandshake == -OFF || now - lastHandshake >= 5 * SECOND;
        }

        private void initiate() {
            log.add(now + " initiates");
            deferred = false;
            lastHandshake = now;
            retransmit = now + 5 * SECOND + JITTER;
            sent();
        }

        private void sendKeepalive() {
            log.add(now + " keepalive");
            sent();
        }

        private void sent() {
            cancelKeepalive();
            traverse();
        }

        private void received() {
            newHandshake = OFF;
            traverse();
        }

        private void traverse() {
            traversed = now;
            persistent = interval == 0 ? OFF : now + interval;
        }

        private void cancelKeepalive() {
            keepalive = OFF;
            needAnother = false;
        }
    }
}
