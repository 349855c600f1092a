package io.penstock.cli.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What {@code wg show all dump} tells of one interface. */
public record Dump(String privateKey, String publicKey, String listenPort, String fwmark, Map<String, Peer> peers) {
    /** Fields as printed; {@code allowedIps} in the printed order. */
    public record Peer(
            String presharedKey,
            String endpoint,
            List<String> allowedIps,
            long latestHandshake,
            long receivedBytes,
            long sentBytes,
            String persistentKeepalive) {}

    /**
     * Reads the lines of one interface.
     *
     * @param lines the output of {@code wg show all dump}, of which only the named interface is read
     */
    public static Dump parse(String interfaceName, String lines) {
        List<String[]> rows = new ArrayList<>();
        for (String line : lines.lines().toList()) {
            String[] fields = line.split("\t", -1);
            if (fields[0].equals(interfaceName)) {
                rows.add(fields);
            }
        }
        if (rows.isEmpty()) {
            throw new AssertionError(interfaceName + " is not shown:\n" + lines);
        }
        Map<String, Peer> peers = new TreeMap<>();
        for (String[] row : rows.subList(1, rows.size())) {
            if (row.length != 9) {
                throw new AssertionError("not a peer of nine fields: " + String.join("\t", row));
            }
            peers.put(
                    row[1],
                    new Peer(
                            row[2],
                            row[3],
                            List.of(row[4].split(",")),
                            Long.parseLong(row[5]),
                            Long.parseLong(row[6]),
                            Long.parseLong(row[7]),
                            row[8]));
        }
        String[] device = rows.get(0);
        if (device.length != 5) {
            throw new AssertionError("not a device of five fields: " + String.join("\t", device));
        }
        return new Dump(device[1], device[2], device[3], device[4], peers);
    }

    public Peer onlyPeer() {
        if (peers.size() != 1) {
            throw new AssertionError("one peer expected: " + peers);
        }
        return peers.values().iterator().next();
    }
}
