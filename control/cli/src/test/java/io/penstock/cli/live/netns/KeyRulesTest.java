package io.penstock.cli.live.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Dump;
import io.penstock.cli.live.KeyPair;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.WgInterface;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Keys that are set, shown, changed under way, or no keys at all.
 *
 * <pre>
 *   left -- interface ==== world: lo ==== interface -- right      (changes)
 *
 *   world: an interface, and a listener on 127.0.0.1              (the others)
 * </pre>
 */
@Tag("live")
class KeyRulesTest {
    /** Points of Curve25519 whose shared secret is zero, whoever multiplies them, in the forms below 2^255. */
    private static final List<String> LOW_ORDER = List.of(
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA=",
            "X5yVvKNQjCSx0LFVnIPvWwREXMRYHI6G2CJO3dCfEVc=",
            "7P///////////////////////////////////////38=",
            "7f///////////////////////////////////////38=",
            "7v///////////////////////////////////////38=");

    private static final Duration MOMENT = Duration.ofSeconds(5);
    private static final int QUIET_MILLIS = 2000;
    private static final String NONE = "(none)";

    @Test
    void showsAndRemovesKeys() {
        KeyPair keys = KeyPair.make();
        String peer = KeyPair.make().publicKey();
        String psk = KeyPair.presharedKey();
        onInterface((world, wg) -> {
            wg.wg(
                    "set",
                    "private-key " + world.file(keys.privateKey()) + " peer " + peer + " preshared-key "
                            + world.file(psk));
            assertEquals(keys.privateKey(), wg.dump().privateKey());
            assertEquals(keys.publicKey(), wg.dump().publicKey());
            assertEquals(psk, wg.dump().onlyPeer().presharedKey());

            wg.wg("set", "private-key /dev/null peer " + peer + " preshared-key /dev/null");
            assertEquals(NONE, wg.dump().privateKey());
            assertEquals(NONE, wg.dump().onlyPeer().presharedKey());
        });
    }

    @Test
    void clampsAPrivateKey() {
        String key = KeyPair.make().privateKey().substring(1);
        onInterface((world, wg) -> {
            wg.wg("set", "private-key " + world.file("/" + key)); // the lowest of these six bits may not be set
            assertEquals("+" + key, wg.dump().privateKey());
        });
    }

    @Test
    void refusesItsOwnKeyAsPeer() {
        KeyPair own = KeyPair.make();
        KeyPair other = KeyPair.make();
        onInterface((world, wg) -> {
            wg.wg("set", "private-key " + world.file(own.privateKey()) + " peer " + other.publicKey());
            assertEquals(Set.of(other.publicKey()), wg.dump().peers().keySet());

            wg.wg("set", "private-key " + world.file(other.privateKey())); // the peer has become ourselves
            assertEquals(other.publicKey(), wg.dump().publicKey());
            assertEquals(Set.of(), wg.dump().peers().keySet());
            wg.wg("set", "peer " + other.publicKey() + " allowed-ips 10.0.0.0/8");
            assertEquals(Set.of(), wg.dump().peers().keySet());

            wg.wg("set", "private-key " + world.file(own.privateKey()));
            wg.wg("set", "peer " + other.publicKey());
            assertEquals(Set.of(other.publicKey()), wg.dump().peers().keySet());
        });
    }

    @Test
    void sendsNothingToKeysOfLowOrder() {
        onInterface((world, wg) -> {
            try (DatagramChannel listener = world.call(
                    () -> DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))) {
                listener.configureBlocking(false);
                String endpoint = " persistent-keepalive 1 endpoint 127.0.0.1:"
                        + ((InetSocketAddress) listener.getLocalAddress()).getPort();
                wg.wg("set", "private-key " + world.file(KeyPair.make().privateKey()));
                for (String key : LOW_ORDER) {
                    wg.wg("set", "peer " + key + endpoint);
                }
                world.ip("link set " + wg.name() + " up");
                Await.millis(QUIET_MILLIS);
                assertTrue(isEmpty(listener), "a packet to a key of low order");
                assertTrue(wg.isAlive());

                // The same with a good key, to know that the listener would have heard it.
                wg.wg("set", "peer " + KeyPair.make().publicKey() + endpoint);
                Await.until("an initiation", MOMENT, () -> !isEmpty(listener));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    private static boolean isEmpty(DatagramChannel listener) {
        try {
            return listener.receive(ByteBuffer.allocate(2048)) == null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void onInterface(BiConsumer<Site, WgInterface> rule) {
        try (Site world = Site.make("world");
                WgInterface wg = WgInterface.start(Program.subject(), world)) {
            rule.accept(world, wg);
        }
    }

    /** No waiting for REKEY_TIMEOUT: the handshake of a moment ago was another key's. */
    @Test
    void shakesHandsAtOnceAfterAChangeOfItsKey() {
        try (MovedPair moved = MovedPair.start()) {
            moved.meet(false);
            Side left = moved.left();
            left.awaitReach(moved.right());
            KeyPair next = KeyPair.make();

            setKey(left, next);
            setPeer(moved, moved.right(), left, next);

            left.mustReach(moved.right().inner4);
        }
    }

    @Test
    void shakesHandsAtOnceAfterBothChangedTheirKeys() {
        try (MovedPair moved = MovedPair.start()) {
            moved.meet(false);
            Side left = moved.left();
            Side right = moved.right();
            left.awaitReach(right);
            KeyPair leftNext = KeyPair.make();
            KeyPair rightNext = KeyPair.make();

            setKey(left, leftNext);
            setKey(right, rightNext);
            setPeer(moved, left, right, rightNext);
            setPeer(moved, right, left, leftNext);

            right.peer(leftNext.publicKey(), "endpoint " + MovedPair.at(false, left));
            right.mustReach(left.inner4);
            Dump.Peer seen = left.onlyPeer();
            assertEquals(MovedPair.at(false, right), seen.endpoint());
            left.mustReach(right.inner6);
        }
    }

    private static void setKey(Side side, KeyPair keys) {
        side.wg.wg("set", "private-key " + side.room.file(keys.privateKey()));
    }

    /** Another key for the other side: it is a new peer, and the one of the old key goes. */
    private static void setPeer(MovedPair moved, Side side, Side other, KeyPair keys) {
        side.peer(
                keys.publicKey(),
                "preshared-key " + side.room.file(moved.pair.presharedKey) + " allowed-ips " + other.inner4 + "/32,"
                        + other.inner6 + "/128 peer " + other.keys.publicKey() + " remove");
    }
}
