package io.penstock.protocol.stun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.Bytes;
import io.penstock.wireguard.Endpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Wireshark's dissector, which shares no code with us, reads in our messages of STUN. */
@Tag("live") // needs tshark
class StunDissectionTest {
    private static final TransactionId ID = new TransactionId(0x0102030405060708L, 0x090a0b0c);
    private static final Endpoint V4 = Endpoint.parse("192.0.2.1:32853");
    private static final Endpoint V6 = Endpoint.parse("[2001:db8::1]:32853");

    /** A frame of each: what it is, and fields that tshark shows of it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Frame(String what, byte[] message, Map<String, String> fields) {}

    private static final List<String> FIELDS = List.of(
            "stun.type",
            "stun.id",
            "stun.length",
            "stun.att.type",
            "stun.att.software",
            "stun.att.crc32.status",
            "stun.att.ipv4",
            "stun.att.ipv6",
            "stun.att.port",
            "stun.att.change-ip",
            "stun.att.change-port",
            "stun.att.error.class",
            "stun.att.error",
            "stun.att.error.reason",
            "stun.att.unknown");

    /** Nothing is to be in these. */
    private static final List<String> COMPLAINTS = List.of("_ws.malformed", "_ws.expert.message", "stun.short_packet");

    @TempDir
    private Path folder = Path.of("");

    private final List<Frame> frames = new ArrayList<>();

    private void add(String what, byte[] message, String... fields) {
        Map<String, String> wanted = new LinkedHashMap<>();
        wanted.put("stun.id", "0102030405060708090a0b0c");
        wanted.put("stun.length", Integer.toString(message.length - StunMessage.HEADER_LENGTH));
        for (int i = 0; i < fields.length; i += 2) {
            wanted.put(fields[i], fields[i + 1]);
        }
        frames.add(new Frame(what, message, wanted));
    }

    @Test
    void readsOurMessagesWithoutComplaint() throws Exception {
        add(
                "request",
                BindingRequest.encode(ID),
                "stun.type",
                "0x0001",
                "stun.att.type",
                "0x8022,0x8028",
                "stun.att.software",
                "tailnode",
                "stun.att.crc32.status",
                "1");
        for (Change change : List.of(Change.PORT, Change.ADDRESS, Change.ADDRESS_AND_PORT)) {
            add(
                    "request for an answer from another " + change,
                    BindingRequest.encode(ID, change),
                    "stun.type",
                    "0x0001",
                    "stun.att.type",
                    "0x0003,0x8022,0x8028",
                    "stun.att.change-ip",
                    change.isOfAddress() ? "1" : "0",
                    "stun.att.change-port",
                    change.isOfPort() ? "1" : "0",
                    "stun.att.crc32.status",
                    "1");
        }
        add("response", BindingResponse.encode(ID, V4), "stun.type", "0x0101", "stun.att.type", "0x0020");
        shows("stun.att.ipv4", "192.0.2.1", "stun.att.port", "32853");
        add("response of IPv6", BindingResponse.encode(ID, V6), "stun.type", "0x0101", "stun.att.type", "0x0020");
        shows("stun.att.ipv6", "2001:db8::1", "stun.att.port", "32853");
        add(
                "response of a server with two addresses",
                BindingResponse.encode(
                        ID, V4, Endpoint.parse("198.51.100.1:3478"), Endpoint.parse("198.51.100.2:3479")),
                "stun.att.type",
                "0x0020,0x802b,0x802c");
        shows("stun.att.ipv4", "192.0.2.1,198.51.100.1,198.51.100.2", "stun.att.port", "32853,3478,3479");
        add(
                "the same of IPv6",
                BindingResponse.encode(
                        ID, V6, Endpoint.parse("[2001:db8:1::1]:3478"), Endpoint.parse("[2001:db8:1::2]:3479")),
                "stun.att.type",
                "0x0020,0x802b,0x802c");
        shows("stun.att.ipv6", "2001:db8::1,2001:db8:1::1,2001:db8:1::2", "stun.att.port", "32853,3478,3479");
        add(
                "refusal",
                BindingResponse.encodeUnknown(ID, List.of(0x0024, 0x7fff)),
                "stun.type",
                "0x0111",
                "stun.att.type",
                "0x0009,0x000a");
        shows("stun.att.error.class", "4", "stun.att.error", "20", "stun.att.error.reason", "Unknown Attribute");
        shows("stun.att.unknown", "0x0024,0x7fff");
        add("refusal of a change", BindingResponse.encodeUnchangeable(ID), "stun.type", "0x0111");
        shows("stun.att.unknown", "0x0003");

        List<Map<String, String>> shown = tshark();
        assertEquals(frames.size(), shown.size());
        for (int i = 0; i < frames.size(); i++) {
            Frame frame = frames.get(i);
            Map<String, String> row = shown.get(i);
            frame.fields().forEach((field, value) -> assertEquals(value, row.get(field), frame.what() + ", " + field));
            COMPLAINTS.forEach(field -> assertEquals("", row.get(field), frame.what() + ", " + field));
        }
    }

    /** Fields of the last frame besides. */
    private void shows(String... fields) {
        for (int i = 0; i < fields.length; i += 2) {
            frames.getLast().fields().put(fields[i], fields[i + 1]);
        }
    }

    @Test
    void noticesAWrongFingerprint() throws Exception {
        byte[] message = BindingRequest.encode(ID);
        message[message.length - 1] ^= 1;
        add("a wrong fingerprint", message);
        assertEquals("0", tshark().getFirst().get("stun.att.crc32.status"));
    }

    private List<Map<String, String>> tshark() throws IOException, InterruptedException {
        Path capture = Files.write(folder.resolve("stun.pcap"), capture());
        List<String> fields = new ArrayList<>(FIELDS);
        fields.addAll(COMPLAINTS);
        List<String> command =
                new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString(), "-T", "fields", "-E", "separator=|"));
        fields.forEach(field -> command.addAll(List.of("-e", field)));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("WIRESHARK_CONFIG_DIR", folder.toString()); // nobody's preferences
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", command));
        List<Map<String, String>> rows = new ArrayList<>();
        for (String line : out.lines().toList()) {
            List<String> columns = List.of(line.split("\\|", -1));
            assertEquals(fields.size(), columns.size(), line);
            Map<String, String> row = new LinkedHashMap<>();
            for (int i = 0; i < columns.size(); i++) {
                row.put(fields.get(i), columns.get(i));
            }
            rows.add(row);
        }
        assertTrue(!rows.isEmpty(), "frames");
        return rows;
    }

    /** A capture of raw IP, version 2.4: each message from port 3478 to another, over UDP and IPv4. */
    private byte[] capture() {
        ByteBuffer out = ByteBuffer.allocate(24 + frames.size() * 256);
        out.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putInt(0).putInt(0);
        out.putInt(65_535).putInt(101); // LINKTYPE_RAW
        for (int i = 0; i < frames.size(); i++) {
            byte[] message = frames.get(i).message();
            int length = 28 + message.length;
            out.putInt(i).putInt(0).putInt(length).putInt(length);
            out.put((byte) 0x45).put((byte) 0).putShort((short) length);
            out.putInt(0).put((byte) 64).put((byte) 17).putShort((short) 0); // nobody checks the header's sum
            out.put(Bytes.hex("c6336401")).put(Bytes.hex("c0000201"));
            // Other ports each time: for Wireshark they are no conversation with answers that come twice.
            out.putShort((short) 3478).putShort((short) (40_000 + i)).putShort((short) (8 + message.length));
            out.putShort((short) 0); // no checksum
            out.put(message);
        }
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        return bytes;
    }
}
