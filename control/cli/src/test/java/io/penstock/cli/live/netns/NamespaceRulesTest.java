package io.penstock.cli.live.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.KeyPair;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.WgInterface;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A program and its interface that are in different namespaces.
 *
 * <pre>
 *   left -- interface ==== world: lo ==== interface -- right
 * </pre>
 */
@Tag("live")
class NamespaceRulesTest {
    /** One command after the other, without a pause: the second one finds the socket that the first one promises. */
    @Test
    void returnsWhenItsSocketAnswers() {
        String name = WgInterface.newName();
        KeyPair keys = KeyPair.make();
        try (Site world = Site.make("world")) {
            String file = world.file("[Interface]\nPrivateKey = " + keys.privateKey());
            String start = String.join(" ", Program.subject().command()) + " " + name;
            String script = start + " && wg setconf " + name + " " + file + " && wg show " + name + " public-key";

            String out = world.run(Map.of(), List.of("sh", "-c", script)).mustSucceed();

            try (WgInterface wg = WgInterface.adopt(world, name)) {
                assertEquals(keys.publicKey(), out.strip());
                assertTrue(wg.isAlive());
            }
        }
    }

    @Test
    void keepsItsSocketsWhereItStarted() {
        try (MovedPair moved = MovedPair.start()) {
            moved.meetAndReach(false);

            String sockets = moved.world.need("ss", "-ulnH");
            for (Side side : List.of(moved.left(), moved.right())) {
                assertTrue(sockets.contains(":" + side.port + " "), sockets);
                assertEquals("", side.room.need("ss", "-ulnH").strip());
                assertFalse(moved.world.hasLink(side.wg.name()));
            }
            moved.left().mustFlood(moved.right().inner6, 10);
        }
    }

    @Test
    void changesPortMarkAndKeyWithoutARestart() {
        try (MovedPair moved = MovedPair.start()) {
            moved.meetAndReach(true);
            Side left = moved.left();
            Side right = moved.right();
            KeyPair next = KeyPair.make();

            left.wg.wg("set", "listen-port 52001 fwmark 0x51");
            left.wg.wg("set", "private-key " + moved.left.file(next.privateKey()));
            right.peer(left.keys.publicKey(), "remove");
            right.peer(
                    next.publicKey(),
                    "preshared-key " + moved.right.file(moved.pair.presharedKey) + " allowed-ips " + left.inner4
                            + "/32");
            left.awaitReach(right);

            assertEquals("[::1]:52001", right.onlyPeer().endpoint());
            assertEquals("0x51", left.wg.dump().fwmark());
            assertTrue(left.wg.isAlive() && right.wg.isAlive());
        }
    }

    @Test
    void noticesThatItsInterfaceIsDownOrUpElsewhere() {
        try (MovedPair moved = MovedPair.start()) {
            moved.meetAndReach(false);
            Side left = moved.left();

            moved.left.ip("link set " + left.wg.name() + " down");
            left.awaitPort(false);

            moved.left.ip("link set " + left.wg.name() + " up");
            left.awaitPort(true);
            left.awaitReach(moved.right());
        }
    }

    @Test
    void endsWhenItsInterfaceIsDeletedElsewhere() {
        try (MovedPair moved = MovedPair.start()) {
            moved.meetAndReach(false);
            WgInterface wg = moved.left().wg;

            moved.left.ip("link del " + wg.name());

            wg.awaitEnd();
            assertFalse(Files.exists(wg.socket()));
            assertTrue(moved.right().wg.isAlive());
        }
    }

    @Test
    void endsWithTheNamespaceOfItsInterface() {
        try (MovedPair moved = MovedPair.start()) {
            moved.meetAndReach(false);
            WgInterface wg = moved.left().wg;

            moved.left.close();

            wg.awaitEnd();
            assertFalse(Files.exists(wg.socket()));
        }
    }

    @Test
    void showsNothingOfAnUnknownInterface() {
        try (Site world = Site.make("world");
                WgInterface wg = WgInterface.start(Program.subject(), world)) {
            assertEquals(0, wg.tryWg("show", "").status());
            assertNotEquals(0, world.run("wg", "show", wg.name() + "x").status());

            world.ip("link del " + wg.name());
            wg.awaitEnd();
            assertNotEquals(0, wg.tryWg("show", "").status());
        }
    }
}
