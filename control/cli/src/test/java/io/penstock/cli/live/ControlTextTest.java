package io.penstock.cli.live;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same text on the control sockets of ours and of wireguard-go: the same replies, and the same state afterwards. */
@Tag("live")
class ControlTextTest {
    private static final int SCRIPTS = 500;
    private static final String KEY = "0123456789abcdef".repeat(4);
    private static final String PEER = "b69b0d879873bc32f278336fd14097542ef513798a6042c008d19cd51ed8740d";

    /** Alone and mixed. No ports: the two would take them from each other, were they in one namespace. */
    private static final List<String> LINES = List.of(
            "private_key=" + KEY,
            "private_key=" + "00".repeat(32),
            "fwmark=3",
            "fwmark=0",
            "replace_peers=true",
            "public_key=" + PEER,
            "public_key=" + KEY,
            "public_key=9e2e5ea3a3d7f6d9c1b0a8f7e6d5c4b3a29180706050403020100f0e0d0c0b0a",
            "remove=true",
            "update_only=true",
            "preshared_key=" + KEY,
            "endpoint=192.0.2.1:5",
            "endpoint=[2001:db8::1]:5",
            "persistent_keepalive_interval=5",
            "persistent_keepalive_interval=0",
            "replace_allowed_ips=true",
            "allowed_ip=10.0.0.0/8",
            "allowed_ip=10.1.2.3/16",
            "allowed_ip=fd00::1/8",
            "allowed_ip=0.0.0.0/0",
            "protocol_version=1");

    /** Not the first line of a request: behind an error ours takes it as one, wireguard-go by chance. */
    private static final List<String> BAD_LINES = List.of(
            "nonsense",
            "=",
            "x=y",
            "private_key=" + KEY.substring(1),
            "private_key=" + KEY + "00",
            "private_key=" + "xy".repeat(32),
            "fwmark=4294967296",
            "fwmark=-1",
            "fwmark=0x1",
            "listen_port=65536",
            "listen_port= 1",
            "replace_peers=false",
            "public_key=",
            "remove=1",
            "update_only=True",
            "preshared_key=none",
            "endpoint=1.2.3.4",
            "endpoint=1.2.3.4:65536",
            "endpoint=1.2.3.04:5",
            "endpoint=[1.2.3.4]:5",
            "endpoint=[1::2::3]:5",
            "endpoint=example.org:5",
            "persistent_keepalive_interval=65536",
            "persistent_keepalive_interval=off",
            "replace_allowed_ips=",
            "allowed_ip=10.0.0.0",
            "allowed_ip=10.0.0.0/33",
            "allowed_ip=fd00::/129",
            "allowed_ip=10.0.0/8",
            "protocol_version=2",
            "errno=0",
            "FWMARK=1");

    private static final List<String> WHOLE_INPUTS = List.of(
            "",
            "\n",
            "get=1",
            "get=1\n",
            "get=1\nx\n\n",
            "get=2\n\n",
            "set=1",
            "set=1\n",
            "set=1\n\n",
            "set=1\nfwmark=7",
            "set=1\r\n\r\n",
            "set=1\nfwmark=8\r\n\r\n",
            "set=1\nfwmark=8\r\r\n\n",
            "set=1\n" + "x".repeat(70_000) + "\n\n",
            "set=1\nfwmark=" + "0".repeat(65_527) + "9\n\n",
            "set=1\nfwmark=" + "0".repeat(65_528) + "6\n\n",
            "set=1\npublic_key=" + "00".repeat(32) + "\n\n");

    private final Site oursSite = Site.make("ours");
    private final Site theirsSite = Site.make("theirs");
    private final WgInterface ours = WgInterface.start(Program.subject(), oursSite);
    private final WgInterface theirs = WgInterface.start(Program.WIREGUARD_GO, theirsSite);

    @AfterEach
    void endBoth() {
        try (oursSite;
                theirsSite;
                ours;
                theirs) {
            // in reverse order
        }
    }

    @Test
    void repliesAlikeToEveryInput() throws IOException {
        for (String input : WHOLE_INPUTS) {
            compare(input);
        }
    }

    @Test
    void repliesAlikeToEveryLine() throws IOException {
        List<String> lines = new ArrayList<>(LINES);
        lines.addAll(BAD_LINES);
        for (String line : lines) {
            compare("set=1\n" + line + "\nfwmark=5\n\n");
            compare("set=1\npublic_key=" + PEER + "\n" + line + "\nallowed_ip=10.9.0.0/16\n\n");
        }
    }

    @Test
    void endsInTheSameStateAfterAnyScript() throws IOException {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < SCRIPTS; i++) {
            StringBuilder script = new StringBuilder("set=1\n");
            for (int lines = 1 + random.nextInt(12); lines > 0; lines--) {
                List<String> choice = random.nextInt(20) == 0 ? BAD_LINES : LINES;
                script.append(choice.get(random.nextInt(choice.size()))).append('\n');
            }
            compare(script + "\n", "-Dpenstock.seed=" + seed + "\n");
        }
    }

    private void compare(String input) throws IOException {
        compare(input, "");
    }

    private void compare(String input, String context) throws IOException {
        String what = context + (input.length() < 2000 ? input : input.length() + " characters");
        assertEquals(exchange(theirs, input), exchange(ours, input), what);
        assertEquals(state(theirs), state(ours), what);
    }

    /** The get reply without the port, which each chose itself, its peers in one order: wireguard-go's is by chance. */
    private static List<String> state(WgInterface wg) throws IOException {
        return List.of(exchange(wg, "get=1\n\n")
                        .replaceFirst("listen_port=[0-9]+\n", "")
                        .replace("errno=0\n\n", "")
                        .split("(?=public_key=)"))
                .stream()
                .sorted()
                .toList();
    }

    private static String exchange(WgInterface wg, String input) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(wg.socket()))) {
            ByteBuffer out = ByteBuffer.wrap(input.getBytes(ISO_8859_1));
            while (out.hasRemaining()) {
                channel.write(out);
            }
            channel.shutdownOutput();
            StringBuilder reply = new StringBuilder();
            ByteBuffer in = ByteBuffer.allocate(8192);
            while (channel.read(in) >= 0) {
                reply.append(ISO_8859_1.decode(in.flip()));
                in.clear();
            }
            return reply.toString();
        }
    }
}
