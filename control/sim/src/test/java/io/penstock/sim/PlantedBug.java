package io.penstock.sim;

import java.util.List;

/**
 * A bug that is put into a copy of a source at test time, to see whether the checkers find it. The sources themselves know
 * nothing of it; one that has changed so that the text is not there exactly once fails the test.
 *
 * @param name what goes wrong
 * @param file the source, by its class name below {@code io.penstock}
 * @param text what stands there
 * @param bug what stands there instead
 * @param checkers which of them may find it
 */
record PlantedBug(String name, String file, String text, String bug, List<String> checkers) {
    private static PlantedBug bug(String name, String file, String text, String bug, String... checkers) {
        return new PlantedBug(name, file, text, bug, List.of(checkers));
    }

    static final List<PlantedBug> ALL = List.of(
            // Endpoints.
            bug(
                    "roams before a response is known to be authentic",
                    "wireguard.Reception",
                    "DropReason reason = state.handshake.consumeResponse(response);",
                    "state.peer.endpoint(source); DropReason reason = state.handshake.consumeResponse(response);",
                    "roaming"),
            bug(
                    "roams before the replay check",
                    "sim.Lane",
                    "boolean isFresh = keypair.replayWindow().accept(counter);",
                    "keypair.peer().endpoint(node.withLocal(datagram));"
                            + " boolean isFresh = keypair.replayWindow().accept(counter);",
                    "roaming"),

            // Counters and the replay window.
            bug(
                    "seals twice with one counter",
                    "wireguard.peer.Keypair",
                    "return (long) COUNTER.getAndAdd(this, (long) count);",
                    "return (long) COUNTER.getOpaque(this);",
                    "nonce"),
            bug(
                    "goes on behind the last counter",
                    "wireguard.peer.Keypair",
                    "boolean spent = Long.compareUnsigned(first, REJECT_AFTER_MESSAGES) >= 0;",
                    "if (COUNTER.compareAndSet(this, first, first + count)) { return first; } boolean spent = false;",
                    "limits"),
            bug(
                    "replay window larger by one",
                    "wireguard.peer.ReplayWindow",
                    "REPLAY_WINDOW) > 0",
                    "REPLAY_WINDOW + 1) > 0",
                    "replay"),
            bug(
                    "replay window smaller by one",
                    "wireguard.peer.ReplayWindow",
                    "REPLAY_WINDOW) > 0",
                    "REPLAY_WINDOW - 1) > 0",
                    "replay"),
            bug(
                    "delivers what the replay window has refused",
                    "sim.Lane",
                    "if (!isFresh) {",
                    "if (!isFresh) { deliver(keypair.peer(), plaintext);",
                    "delivery"),

            // Who owns an address.
            bug(
                    "takes the shortest matching prefix for the owner",
                    "wireguard.route.Trie",
                    "best = owner;",
                    "best = best == null ? owner : best;",
                    "source",
                    "liveness"),

            // The life of a session.
            bug(
                    "never renews keys",
                    "wireguard.peer.Keypair",
                    "(initiator && nowNs - createdNs > rekeyAfterNs)",
                    "(initiator && nowNs - createdNs > 10 * rekeyAfterNs)",
                    "renewal"),
            bug(
                    "the responder renews keys too",
                    "wireguard.peer.Keypair",
                    "(initiator && nowNs - createdNs > rekeyAfterNs)",
                    "(nowNs - createdNs > rekeyAfterNs)",
                    "renewal"),
            bug(
                    "uses keys beyond their time",
                    "wireguard.peer.Keypair",
                    "return nowNs - createdNs >= REJECT_AFTER_TIME_NS;",
                    "return nowNs - createdNs >= 2 * REJECT_AFTER_TIME_NS;",
                    "limits"),
            bug(
                    "the responder sends on keys that nobody has confirmed",
                    "wireguard.Sessions",
                    "peer.offer(makeKeypair(",
                    "peer.establish(makeKeypair(",
                    "promotion"),
            bug(
                    "the initiator forgets the keys before",
                    "wireguard.peer.Peer",
                    "PREVIOUS.setRelease(this, old);",
                    "PREVIOUS.setRelease(this, null); retire(old, retired);",
                    "liveness"),
            bug(
                    "the responder forgets the keys before",
                    "wireguard.peer.Peer",
                    "PREVIOUS.setRelease(this, current());",
                    "PREVIOUS.setRelease(this, null); retire(current(), retired);",
                    "liveness"),
            bug("keeps keys for ever", "wireguard.peer.PeerTimers", "due |= ZERO_KEYS;", "due |= 0;", "zeroing"),
            bug(
                    "never frees an index",
                    "wireguard.Sessions",
                    "indexTable.release(keypair.localIndex());",
                    "",
                    "bounds",
                    "zeroing"),
            bug(
                    "sends on after a change of the private key",
                    "wireguard.Sessions",
                    "current.expireSending();",
                    "",
                    "identity"),

            // Handshakes.
            bug(
                    "accepts a timestamp again",
                    "wireguard.noise.Handshake",
                    "if (!timestamp.isAfter(lastAccepted)) {",
                    "if (lastAccepted.isAfter(timestamp)) {",
                    "handshake"),
            bug(
                    "does not look at timestamps",
                    "wireguard.noise.Handshake",
                    "if (!timestamp.isAfter(lastAccepted)) {",
                    "if (false) {",
                    "handshake"),
            bug(
                    "answers any number of initiations at once",
                    "wireguard.noise.Handshake",
                    "if (nowNs - lastAcceptedNs <= INITIATION_INTERVAL_NS) {",
                    "if (false) {",
                    "handshake"),
            bug(
                    "makes no use of the pre-shared key",
                    "wireguard.noise.Handshake",
                    "copyPresharedKey(noise.shared);",
                    "Arrays.fill(noise.shared, (byte) 0);",
                    "handshake"),
            bug(
                    "does not check mac1",
                    "wireguard.Reception",
                    "if (!checker.checkMac1(identity, message)) {",
                    "if (false) {",
                    "authenticity"),
            bug(
                    "timestamps follow a clock that is set back",
                    "wireguard.noise.TimestampSource",
                    "if (highest.isAfter(stamp)) {",
                    "if (false) {",
                    "timestamp",
                    "handshake"),
            bug(
                    "no timestamp is stored for a new private key",
                    "wireguard.Device",
                    "sessions.forgetReservation();",
                    "",
                    "timestamp",
                    "handshake"),
            bug(
                    "a peer that comes back is sent an old timestamp",
                    "wireguard.Device",
                    "sessions.forgetTimestamps();",
                    "",
                    "timestamp",
                    "handshake"),

            // Under load.
            bug(
                    "a cookie is good for every port of its address",
                    "wireguard.noise.CookieChecker",
                    ".update(source, 0, addressLength + Short.BYTES)",
                    ".update(source, 0, addressLength)",
                    "cookie"),
            bug(
                    "a cookie never goes stale",
                    "wireguard.noise.CookieChecker",
                    "nowNs - secretMadeNs > COOKIE_LIFE_NS",
                    "nowNs - secretMadeNs > 10 * COOKIE_LIFE_NS",
                    "cookie"),

            // Timers and what waits for them.
            bug(
                    "a lost handshake is not tried again",
                    "wireguard.peer.PeerTimers",
                    "deferred = false;\n        retransmitNs = nowNs + pauseNs(nowNs) + jitterNs();",
                    "deferred = false;\n        retransmitNs = NONE;",
                    "liveness"),
            bug(
                    "both sides start over at the same time, again and again",
                    "wireguard.peer.PeerTimers",
                    "* REKEY_TIMEOUT_JITTER_MAX_NS) >>> Integer.SIZE",
                    "* 0L) >>> Integer.SIZE",
                    "liveness"),
            bug(
                    "does not notice that nothing is answered",
                    "wireguard.peer.PeerTimers",
                    "newHandshakeNs = unanswered == NONE ? NONE : unanswered + NEW_HANDSHAKE_AFTER_NS + jitterNs();",
                    "newHandshakeNs = NONE;",
                    "liveness"),
            bug(
                    "a receiver that has nothing to say says nothing",
                    "wireguard.peer.PeerTimers",
                    "return unrepliedNs == NONE ? NONE : unrepliedNs + KEEPALIVE_TIMEOUT_NS;",
                    "return NONE;",
                    "renewal"),
            bug(
                    "no persistent keepalive",
                    "wireguard.peer.PeerTimers",
                    "return (later ? traversed : persistentBaseNs) + persistentIntervalNs;",
                    "return NONE;",
                    "keepalive"),
            bug(
                    "what the responder has staged is dropped",
                    "wireguard.Sessions",
                    "actions.add(new Action.SendStaged(state.peer));",
                    "actions.add(new Action.DropStaged(state.peer));",
                    "liveness"),
            bug(
                    "the initiator says nothing on its new keys",
                    "wireguard.Sessions",
                    "actions.add(new Action.Confirm(peer));",
                    "",
                    "liveness"),
            bug(
                    "confirmed keys wait until somebody looks",
                    "wireguard.peer.PeerActivity",
                    "if (CONFIRMED.getOpaque(this) != null) {",
                    "if (false) {",
                    "promotion"));

    @Override
    public String toString() {
        return name;
    }
}
