package io.penstock.cli.live;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@code wg show INTERFACE dump} tells. Not {@code all}: the sockets of all namespaces lie in one folder, and {@code wg} is killed
 * by SIGPIPE at one that goes away meanwhile.
 */
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

    /** Reads the command's output. */
    public static Dump parse(String lines) {
        List<String[]> rows = lines.lines().map(line -> line.split("\t", -1)).toList();
        if (rows.isEmpty()) {
            throw new AssertionError("nothing is shown");
        }
        Map<String, Peer> peers = new TreeMap<>();
        for (String[] row : rows.subList(1, rows.size())) {
            if (row.length != 8) {
                throw new AssertionError("not a peer of eight fields: " + String.join("\t", row));
            }
            peers.put(
                    row[0],
                    new Peer(
                            row[1],
                            row[2],
                            List.of(row[3].split(",")),
                            Long.parseLong(row[4]),
                            Long.parseLong(row[5]),
                            Long.parseLong(row[6]),
                            row[7]));
        }
        String[] device = rows.get(0);
        if (device.length != 4) {
            throw new AssertionError("not a device of four fields: " + String.join("\t", device));
        }
        return new Dump(device[0], device[1], device[2], device[3], peers);
    }

    public Peer onlyPeer() {
        if (peers.size() != 1) {
            throw new AssertionError("one peer expected: " + peers);
        }
        return peers.values().iterator().next();
    }
}
