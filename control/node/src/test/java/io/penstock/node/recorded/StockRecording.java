package io.penstock.node.recorded;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.penstock.protocol.disco.DiscoMessage;
import io.penstock.protocol.disco.DiscoPacket;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.nacl.Box;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file of {@code interop/stock/record-paths}, which says what its lines are: a gateway of ours and an unmodified tailscaled 1.102.5,
 * both at one relay behind a tap, ping each other. All keys were made for the recording.
 */
final class StockRecording {
    /** Both were at a relay of ours; the tap was between it and the stock node. */
    static final String AT_OUR_RELAY = "tailscaled-1.102.5-relay.txt";

    /** Both were at derper; the tap was between it and our node. */
    static final String AT_DERPER = "tailscaled-1.102.5-derper.txt";

    static final int REGION = 901;

    /** A line with a time. */
    static final class Event {
        private final long ms;
        private final String kind;
        private final @Nullable Endpoint source;
        private final byte[] bytes;

        Event(long ms, String kind, @Nullable Endpoint source, byte[] bytes) {
            this.ms = ms;
            this.kind = kind;
            this.source = source;
            this.bytes = bytes;
        }

        long ms() {
            return ms;
        }

        /** Of a datagram, null for anything else. */
        @Nullable Endpoint source() {
            return source;
        }

        byte[] bytes() {
            return bytes.clone();
        }

        boolean is(String name) {
            return kind.equals(name);
        }
    }

    private final Map<String, String> values = new HashMap<>();
    private final List<Event> events = new ArrayList<>();

    private StockRecording() {}

    static StockRecording read(String name) throws IOException {
        StockRecording recording = new StockRecording();
        try (InputStream in = Objects.requireNonNull(StockRecording.class.getResourceAsStream(name), name)) {
            new String(in.readAllBytes(), US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(line -> recording.add(line.split(" ")));
        }
        return recording;
    }

    private void add(String[] words) {
        if (!Character.isDigit(words[0].charAt(0))) {
            values.put(words[0] + " " + words[1], words[2]);
            return;
        }
        byte[] bytes = HexFormat.of().parseHex(words[words.length - 1]);
        events.add(new Event(
                Long.parseLong(words[0]), words[1], words.length > 3 ? Endpoint.parse(words[2]) : null, bytes));
    }

    private String value(String name) {
        return Objects.requireNonNull(values.get(name), name);
    }

    /** Of ours: {@code node}, {@code disco} or {@code relay}. */
    PrivateKey secret(String name) {
        return PrivateKey.parse(PrivateKey.PREFIX + value("secret " + name));
    }

    NodeKey stockNode() {
        return NodeKey.parse(NodeKey.PREFIX + value("public node"));
    }

    DiscoKey stockDisco() {
        return DiscoKey.parse(DiscoKey.PREFIX + value("public disco"));
    }

    NodeKey ownNode() {
        return new NodeKey(secret("node").publicKey(new BouncyCastleX25519()));
    }

    /** Inside the tunnel; {@code ours} or {@code stock}. */
    Prefix address(String whose) {
        return Prefix.parse(value("address " + whose + "-in") + "/32");
    }

    List<Event> events() {
        return events;
    }

    List<Event> events(String kind) {
        return events.stream().filter(event -> event.is(kind)).toList();
    }

    /** What the stock node and ours share: opens what either has sealed for the other. */
    Box box() {
        return Objects.requireNonNull(Box.between(
                new BouncyCastleX25519(), secret("disco"), stockDisco().value()));
    }

    /** A discovery packet of either, opened. */
    DiscoMessage open(byte[] packet) {
        return Objects.requireNonNull(DiscoPacket.open(packet, box()), "sealed by one of both for the other");
    }

    /** Events of this kind with this message inside, in order. */
    List<Event> holding(String kind, Class<? extends DiscoMessage> message) {
        return events(kind).stream()
                .filter(event -> message.isInstance(open(event.bytes())))
                .toList();
    }
}
