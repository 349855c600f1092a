package io.penstock.wireguard;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The recorded handshake of {@code handshake-vector.txt}: a value by its name. */
public final class HandshakeVector {
    public static final int INITIATOR_INDEX = 0x11223344;
    public static final int RESPONDER_INDEX = 0x55667788;
    public static final long UNIX_SECONDS = 1_700_000_000L;
    public static final int NANOS = 123_456_789;

    private static final Map<String, String> VALUES = load();

    private HandshakeVector() {}

    public static byte[] bytes(String name) {
        return HexFormat.of().parseHex(hex(name));
    }

    public static String hex(String name) {
        return Objects.requireNonNull(VALUES.get(name), name);
    }

    public static Set<String> names() {
        return VALUES.keySet();
    }

    private static Map<String, String> load() {
        Map<String, String> values = new HashMap<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(HandshakeVector.class.getResourceAsStream("/handshake-vector.txt")), UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int colon = line.indexOf(": ");
                if (!line.startsWith("#")) {
                    values.put(line.substring(0, colon), line.substring(colon + 2));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return values;
    }
}
