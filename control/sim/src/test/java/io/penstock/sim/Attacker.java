package io.penstock.sim;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.noise.Blake2s;
import io.penstock.wireguard.wire.CookieReply;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.Initiation;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sees every datagram, may send any bytes from any address, knows all public keys and no secret one.
 */
final class Attacker {
    private record Seen(Message message, Endpoint from, Endpoint to) {}

    private static final int REMEMBERED = 600;

    private final World world;
    private final Dice dice;
    private final List<Seen> handshakes = new ArrayList<>();
    private final List<Seen> others = new ArrayList<>();

    /** The last data message of each node. */
    private final List<Seen> lastData = new ArrayList<>();

    private boolean isToAlter;

    Attacker(World world, Dice dice) {
        this.world = world;
        this.dice = dice;
    }

    void onSent(Message message, Endpoint from, Endpoint to) {
        Seen seen = new Seen(message, from, to);
        remember(message.type == Data.TYPE ? others : handshakes, seen);
        if (message.type == Data.TYPE) {
            lastData.removeIf(last -> last.message.sender == message.sender);
            lastData.add(seen);
        }
    }

    private void remember(List<Seen> list, Seen seen) {
        if (list.size() < REMEMBERED) {
            list.add(seen);
        } else {
            list.set(dice.below(REMEMBERED), seen); // so that old ones stay with some luck
        }
    }

    /** An address where nobody of the network is. */
    Endpoint address() {
        return dice.chance(0.5)
                ? Endpoint.v4(0xcb007100 + dice.below(250), 1 + dice.below(0xffff))
                : Endpoint.v6(0x2001_0db8_0000_00ffL, dice.below(1000), 1 + dice.below(0xffff), 0);
    }

    /** The last data message that the node has sent, or null. */
    @Nullable Message lastDataOf(Node node) {
        for (Seen seen : lastData) {
            if (seen.message.sender == node) {
                return seen.message;
            }
        }
        return null;
    }

    /** Some datagram seen before, or the given one if there is none. */
    byte[] anySeen(byte[] otherwise) {
        List<Seen> list = dice.chance(0.5) ? handshakes : others;
        return list.isEmpty() ? otherwise : dice.pick(list).message.bytes;
    }

    /** Does something evil. */
    void act() {
        switch (dice.below(10)) {
            case 0, 1, 2, 3 -> replay();
            case 4 -> reflect();
            case 5 -> forgeData();
            case 6, 7 -> forgeHandshake();
            case 8 -> forgeCookieReply();
            default -> replayOften();
        }
    }

    private void replay() {
        Seen seen = anyOf(dice.chance(0.6) ? handshakes : others);
        if (seen != null) {
            replay(seen, 0);
        }
    }

    /** The same again and again, which a source check or an accounting by first sight would fall for. */
    private void replayOften() {
        List<Seen> list = dice.chance(0.5) ? handshakes : lastData;
        Seen seen = anyOf(list);
        if (seen != null) {
            for (int i = 0; i < 3; i++) {
                replay(seen, i * dice.between(0, 100) * World.MS);
            }
        }
    }

    private void replay(Seen seen, long afterNs) {
        Endpoint from = seen.from;
        switch (dice.below(3)) {
            case 0 -> world.count(Fault.REPLAY_FROM_SOURCE);
            case 1 -> {
                world.count(Fault.REPLAY_FROM_OTHER_PORT);
                from = withPort(from, 1 + dice.below(0xffff));
            }
            default -> {
                world.count(Fault.REPLAY_FROM_STRANGER);
                from = address();
            }
        }
        send(seen.message.bytes, from, destination(seen), seen.message, afterNs);
    }

    /** Says again, or for the first time, what somebody has said. */
    void say(Message message, Endpoint from, Endpoint to) {
        send(message.bytes, from, to, message, 0);
    }

    /** Tries all cookies that were ever used on the node, from where they were used. */
    void replayCookies(Node node) {
        for (Seen seen : handshakes) {
            if (seen.message.receiver == node && seen.message.hasCookie()) {
                world.count(Fault.REPLAYED_COOKIE);
                send(seen.message.bytes, seen.from, node.address(), seen.message, dice.between(0, World.SECOND));
            }
        }
    }

    void calmDown() {
        isToAlter = false;
    }

    /** The next handshake message does not arrive as it was sent. */
    void alterNextHandshake() {
        isToAlter = true;
    }

    /** What arrives instead of this message. */
    byte[] onTheWay(Message message) {
        if (!isToAlter || message.receiver == null || message.type == Data.TYPE) {
            return message.bytes;
        }
        isToAlter = false;
        world.count(Fault.ALTERED_HANDSHAKE);
        byte[] altered = message.bytes.clone();
        if (dice.chance(0.4)) {
            flipBit(altered, mac1Offset(altered), Protocol.MAC_LENGTH);
        } else {
            alter(message, altered, message.receiver);
        }
        return altered;
    }

    /**
     * Changes a bit and makes mac1 good, which anyone can do. The index that a response gives to its sender stays: nothing
     * seals it, so whoever changes it on the way leaves the initiator with a session into nowhere, until the keys that the
     * responder still sends on have come to their end.
     */
    private void alter(Message message, byte[] bytes, Node receiver) {
        boolean isInitiation = message.type == Initiation.TYPE;
        int sealed = isInitiation ? 8 : 12;
        if (dice.chance(0.3)) {
            flipBit(bytes, sealed - Integer.BYTES, Integer.BYTES);
        } else {
            flipBit(bytes, sealed, mac1Offset(bytes) - sealed);
        }
        putMac1(bytes, receiver);
    }

    private void flipBit(byte[] bytes, int offset, int length) {
        bytes[offset + dice.below(length)] ^= (byte) (1 << dice.below(8));
    }

    private void reflect() {
        Seen seen = anyOf(dice.chance(0.5) ? handshakes : others);
        if (seen != null) {
            world.count(Fault.REFLECTION);
            send(seen.message.bytes, seen.to, seen.message.sender.address(), seen.message, 0);
        }
    }

    private void forgeData() {
        Seen seen = anyOf(others);
        if (seen == null) {
            return;
        }
        world.count(Fault.FORGED_DATA);
        byte[] forged = dice.bytes(Data.OVERHEAD + 16 * dice.below(8));
        System.arraycopy(seen.message.bytes, 0, forged, 0, Data.HEADER_LENGTH); // index and counter are in the clear
        if (dice.chance(0.5)) {
            new UnsafeBuffer(forged).putLong(8, dice.anyLong() >>> dice.below(64), LITTLE_ENDIAN);
        }
        send(forged, address(), destination(seen), seen.message, 0);
    }

    /** A handshake message seen before with some of it changed, and mac1 made good, which anyone can do. */
    private void forgeHandshake() {
        Seen seen = anyOf(handshakes);
        if (seen == null || seen.message.receiver == null) {
            return;
        }
        world.count(Fault.FORGED_HANDSHAKE);
        byte[] forged = seen.message.bytes.clone();
        alter(seen.message, forged, seen.message.receiver);
        send(forged, dice.chance(0.5) ? address() : seen.from, destination(seen), seen.message, 0);
    }

    private void forgeCookieReply() {
        Seen seen = anyOf(handshakes);
        if (seen == null || seen.message.type == CookieReply.TYPE) {
            return;
        }
        world.count(Fault.FORGED_COOKIE_REPLY);
        byte[] forged = dice.bytes(CookieReply.LENGTH);
        UnsafeBuffer view = new UnsafeBuffer(forged);
        view.putInt(0, CookieReply.TYPE, LITTLE_ENDIAN);
        view.putInt(4, new UnsafeBuffer(seen.message.bytes).getInt(4, LITTLE_ENDIAN), LITTLE_ENDIAN);
        send(forged, seen.to, seen.message.sender.address(), seen.message, 0);
    }

    /** Anybody may write mac1: its key follows from the receiver's public key. */
    static void putMac1(byte[] message, Node receiver) {
        int mac1Offset = mac1Offset(message);
        byte[] key = new byte[Protocol.HASH_LENGTH];
        Blake2s blake2s = new Blake2s();
        blake2s.start(Protocol.HASH_LENGTH)
                .update(Protocol.labelMac1())
                .update(receiver.publicKey().toBytes())
                .finish(key, 0);
        blake2s.start(Protocol.MAC_LENGTH, key).update(message, 0, mac1Offset).finish(message, mac1Offset);
    }

    static int mac1Offset(byte[] message) {
        return message.length - 2 * Protocol.MAC_LENGTH;
    }

    private void send(byte[] bytes, Endpoint from, Endpoint to, Message once, long afterNs) {
        world.note("attack", null, bytes.length, once);
        world.network.arrive(Datagram.of(bytes, from, to, once), afterNs);
    }

    /** Where the receiver is now, or where it was. */
    private Endpoint destination(Seen seen) {
        Node receiver = seen.message.receiver;
        return receiver == null || dice.chance(0.1) ? seen.to : receiver.address();
    }

    private @Nullable Seen anyOf(List<Seen> list) {
        return list.isEmpty() ? null : dice.pick(list);
    }

    static Endpoint withPort(Endpoint endpoint, int port) {
        return endpoint.isV6()
                ? Endpoint.v6(endpoint.high(), endpoint.low(), port, 0)
                : Endpoint.v4((int) endpoint.low(), port);
    }
}
