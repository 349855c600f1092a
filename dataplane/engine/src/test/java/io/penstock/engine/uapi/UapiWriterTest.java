package io.penstock.engine.uapi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.uapi.Snapshot.Item;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.route.Prefix;
import java.io.ByteArrayOutputStream;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UapiWriterTest {
    private static final String OWN = "08".repeat(31) + "40";
    private static final String PEER = "b69b0d879873bc32f278336fd14097542ef513798a6042c008d19cd51ed8740d";
    private static final String NONE = "00".repeat(32);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final UapiWriter writer = new UapiWriter((bytes, offset, length) -> {
        out.write(bytes, offset, length);
        return true;
    });

    @Test
    void leavesOutWhatTheInterfaceDoesNotHave() {
        assertTrue(writer.write(List.of(new Item.Interface(null, 0, 0))));
        assertTrue(writer.write(List.of(new Item.Interface(secret(NONE), 0, 0))));
        writer.status(0);
        assertEquals("errno=0\n\n", text());
    }

    @Test
    void writesTheInterfaceInOrder() {
        writer.write(List.of(new Item.Interface(secret(OWN), 65535, -1)));
        assertEquals("private_key=" + OWN + "\nlisten_port=65535\nfwmark=4294967295\n", text());
    }

    @Test
    void writesAPeerInOrder() {
        writer.write(peer(
                Endpoint.v4(0xC0000201, 51820),
                List.of(Prefix.parse("10.0.0.0/8"), Prefix.parse("fd00::/64"), Prefix.parse("0.0.0.0/0"))));
        assertEquals(
                "public_key=" + PEER + "\npreshared_key=" + OWN + "\nprotocol_version=1\nendpoint=192.0.2.1:51820\n"
                        + "last_handshake_time_sec=1700000000\nlast_handshake_time_nsec=999999999\n"
                        + "tx_bytes=9223372036854775807\nrx_bytes=3\npersistent_keepalive_interval=25\n"
                        + "allowed_ip=10.0.0.0/8\nallowed_ip=fd00::/64\nallowed_ip=0.0.0.0/0\n",
                text());
    }

    @Test
    void leavesOutAnUnknownEndpoint() {
        writer.write(peer(null, List.of()));
        assertFalse(text().contains("endpoint"));
    }

    @Test
    void bracketsIpv6Endpoints() {
        writer.write(peer(Endpoint.parse("[2001:db8::1]:5"), List.of()));
        assertTrue(text().contains("\nendpoint=[2001:db8::1]:5\n"));
    }

    @Test
    void writesNegativeErrnos() {
        writer.status(-22);
        assertEquals("errno=-22\n\n", text());
    }

    @Test
    void streamsWhatIsLargerThanItsBuffer() {
        List<Prefix> many = Collections.nCopies(20_000, Prefix.parse("10.11.12.0/24"));
        writer.write(peer(null, many));
        assertTrue(out.size() > 300_000); // most has left before the flush
        assertEquals(
                20_000,
                text().lines().filter("allowed_ip=10.11.12.0/24"::equals).count());
    }

    @Test
    void overwritesItsBufferAfterEachFlush() {
        byte[][] seen = new byte[1][];
        UapiWriter wiping = new UapiWriter((bytes, offset, length) -> {
            seen[0] = bytes;
            return true;
        });
        wiping.write(List.of(new Item.Interface(secret(OWN), 0, 0)));
        wiping.flush();
        for (byte b : seen[0]) {
            assertEquals(0, b);
        }
    }

    @Test
    void stopsWhenTheReaderIsGone() {
        UapiWriter broken = new UapiWriter((bytes, offset, length) -> false);
        broken.status(0);
        assertFalse(broken.flush());
        assertFalse(broken.write(peer(null, List.of())));
    }

    private String text() {
        writer.flush();
        return out.toString(UTF_8);
    }

    private static List<Item> peer(@Nullable Endpoint endpoint, List<Prefix> allowedIps) {
        Item.PeerState state = new Item.PeerState(
                PublicKey.parseHex(PEER), secret(OWN), endpoint, 1_700_000_000, 999_999_999, Long.MAX_VALUE, 3, 25);
        return List.of(state, new Item.AllowedIps(allowedIps));
    }

    private static Secret secret(String hex) {
        return new Secret(HexFormat.of().parseHex(hex));
    }
}
