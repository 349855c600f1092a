package io.penstock.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** What tshark, which shares no code with us, makes of a capture of WireGuard traffic. Immutable. */
final class Dissection {
    /** What TCP carries to or from this port is not dissected: random bytes look like one of a thousand protocols now and then. */
    static final int TCP_PORT = 7000;

    private static final String OUTER = "eth:ethertype:ip:udp:wg";

    private static final List<String> FIELDS = List.of(
            "frame.protocols",
            "wg.type",
            "wg.reserved",
            "wg.receiver",
            "wg.counter",
            "wg.keepalive",
            "wg.static",
            "wg.handshake_ok",
            "wg.decryption_error",
            "wg.bad_packet_length",
            "_ws.malformed",
            "ip.checksum.status",
            "icmp.checksum.status",
            "tcp.checksum.status");
    private static final String GOOD = "1";
    private static final String NO_RESERVED_BITS = "000000";

    private final List<Message> messages;

    /**
     * One frame.
     *
     * @param type 1 to 4, 0 if tshark does not see a WireGuard message
     * @param inner the packet in it in hex digits, without padding; empty if there is none or the keys do not open it
     * @param complaint empty if all is well
     */
    record Message(int frame, int type, String inner, String complaint) {}

    private Dissection(List<Message> messages) {
        this.messages = messages;
    }

    /** @param keys a key log as Wireshark reads it */
    static Dissection of(Path capture, Path keys) throws IOException, InterruptedException {
        List<String> fields = new ArrayList<>(List.of("-T", "fields"));
        FIELDS.forEach(field -> fields.addAll(List.of("-e", field)));
        List<String> rows = tshark(capture, keys, fields).lines().toList();
        List<String> inner = decrypted(tshark(capture, keys, List.of("-x")));
        if (rows.size() != inner.size()) {
            throw new IOException("tshark tells of " + rows.size() + " frames, then of " + inner.size());
        }
        List<Message> messages = new ArrayList<>();
        Set<String> nonces = new HashSet<>();
        for (int i = 0; i < rows.size(); i++) {
            List<String> columns = List.of(rows.get(i).split("\t", -1));
            Function<String, String> row = field -> columns.get(FIELDS.indexOf(field));
            String type = row.apply("wg.type");
            boolean isNew = !type.equals("4") || nonces.add(row.apply("wg.receiver") + "/" + row.apply("wg.counter"));
            String complaint = isNew ? complaint(row) : "the counter was used before";
            messages.add(new Message(i + 1, type.isEmpty() ? 0 : Integer.parseInt(type), inner.get(i), complaint));
        }
        return new Dissection(messages);
    }

    private static String complaint(Function<String, String> row) {
        String protocols = row.apply("frame.protocols");
        if (!protocols.startsWith(OUTER)) {
            return "is no WireGuard but " + protocols;
        }
        if (!row.apply("wg.reserved").equals(NO_RESERVED_BITS)) {
            return "has reserved bits: " + row.apply("wg.reserved");
        }
        if (!row.apply("_ws.malformed").isEmpty()
                || !row.apply("wg.bad_packet_length").isEmpty()) {
            return "is malformed: " + protocols;
        }
        if (!row.apply("wg.decryption_error").isEmpty()) {
            return "does not open";
        }
        boolean opens =
                switch (row.apply("wg.type")) {
                    case "1" -> !row.apply("wg.static").isEmpty();
                    case "2" -> row.apply("wg.handshake_ok").equals(GOOD);
                    case "3" -> true; // sealed to who asked; Wireshark does not try
                    case "4" -> !row.apply("wg.keepalive").isEmpty() || protocols.startsWith(OUTER + ":ip:");
                    default -> false;
                };
        if (!opens) {
            return "does not open: type " + row.apply("wg.type") + ", " + protocols;
        }
        boolean addsUp = Stream.of("ip", "icmp", "tcp")
                .flatMap(protocol ->
                        Stream.of(row.apply(protocol + ".checksum.status").split(",", -1)))
                .allMatch(status -> status.isEmpty() || status.equals(GOOD));
        return addsUp ? "" : "has a wrong checksum: " + protocols;
    }

    /** For each frame what is under "Decrypted Packet": frames end with an empty line, sections begin with a title. */
    private static List<String> decrypted(String hexDumps) {
        List<String> packets = new ArrayList<>();
        StringBuilder hex = new StringBuilder();
        boolean isInside = false;
        for (String line : hexDumps.lines().toList()) {
            if (line.isEmpty()) {
                packets.add(hex.toString());
                hex.setLength(0);
                isInside = false;
            } else if (line.endsWith("bytes):")) {
                isInside = line.startsWith("Decrypted Packet");
            } else if (isInside) {
                hex.append(line.substring(6, Math.min(line.length(), 53)).replace(" ", ""));
            }
        }
        return packets;
    }

    private static String tshark(Path capture, Path keys, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString()));
        command.addAll(List.of("-o", "wg.keylog_file:" + keys, "-d", "tcp.port==" + TCP_PORT + ",data"));
        command.addAll(List.of("-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("WIRESHARK_CONFIG_DIR", String.valueOf(keys.getParent())); // nobody's preferences
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + process.exitValue());
        }
        return out;
    }

    /** One line for each frame with which something is wrong; empty if every one is as it should be. */
    List<String> complaints() {
        return messages.stream()
                .filter(message -> !message.complaint().isEmpty())
                .map(message -> "frame " + message.frame() + " " + message.complaint())
                .toList();
    }

    List<Message> messages() {
        return messages;
    }

    long count(int type) {
        return messages.stream().filter(message -> message.type() == type).count();
    }

    /** All inner packets of an IP protocol, in order of the frames. */
    List<byte[]> inner(int protocol) {
        return messages.stream()
                .map(message -> HexFormat.of().parseHex(message.inner()))
                .filter(packet -> packet.length > 9 && packet[9] == protocol)
                .toList();
    }
}
