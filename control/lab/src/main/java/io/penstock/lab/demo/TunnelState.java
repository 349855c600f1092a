package io.penstock.lab.demo;

import java.io.IOException;

/**
 * What a control socket tells about an interface with one peer.
 *
 * @param handshakeSeconds Unix time of the last handshake, 0 for none
 */
record TunnelState(long handshakeSeconds, long sentBytes, long receivedBytes) {
    /** Reads the answer to {@code get=1}; unknown keys are skipped, as new ones may come. */
    static TunnelState parse(String reply) throws IOException {
        long handshake = 0;
        long sent = 0;
        long received = 0;
        boolean ok = false;
        for (String line : reply.split("\n", -1)) {
            int equals = line.indexOf('=');
            String value = line.substring(equals + 1);
            switch (equals < 0 ? "" : line.substring(0, equals)) {
                case "last_handshake_time_sec" -> handshake = number(value);
                case "tx_bytes" -> sent += number(value);
                case "rx_bytes" -> received += number(value);
                case "errno" -> ok = value.equals("0");
                default -> {} // not needed here
            }
        }
        if (!ok) {
            throw new IOException("the interface did not tell its state: " + reply.strip());
        }
        return new TunnelState(handshake, sent, received);
    }

    private static long number(String value) throws IOException {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new IOException("'" + value + "' is not a number", e);
        }
    }
}
