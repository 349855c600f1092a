package io.penstock.engine.uapi;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.ffm.Errno;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.route.Prefix;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Lines of one set request to {@link Change}s. Keys are known by where they stand: those of the interface come before
 * the first {@code public_key}, those of a peer after it. Pure; owned by one session.
 */
final class UapiParser {
    private static final int MAX_U16 = 0xffff;
    private static final long MAX_U32 = 0xffff_ffffL;

    private final ToIntFunction<String> zoneIndex;
    private boolean inPeer;

    UapiParser(ToIntFunction<String> zoneIndex) {
        this.zoneIndex = zoneIndex;
    }

    /**
     * Parses one line that is not blank, without its newline.
     *
     * @param changes receives one change, or two when a peer ends and the next begins; also before an error where the
     *     line ends a peer all the same
     * @return 0, or a negative errno when the line is refused
     */
    int parse(byte[] bytes, int offset, int length, List<Change> changes) {
        int end = offset + length;
        int equals = offset;
        while (equals < end && bytes[equals] != '=') {
            equals++;
        }
        if (equals == end) {
            return -Errno.EPROTO;
        }
        String key = new String(bytes, offset, equals - offset, UTF_8);
        int value = equals + 1;
        if (key.equals("public_key")) {
            inPeer = true;
            changes.add(new Change.EndOfPeer());
        } else if (key.equals("protocol_version") && inPeer) {
            return string(bytes, value, end).equals("1") ? 0 : -Errno.EINVAL;
        }
        Change change = inPeer ? peerChange(key, bytes, value, end) : interfaceChange(key, bytes, value, end);
        if (change == null) {
            return -Errno.EINVAL;
        }
        changes.add(change);
        return 0;
    }

    private static @Nullable Change interfaceChange(String key, byte[] bytes, int from, int to) {
        switch (key) {
            case "private_key" -> {
                Secret secret = secret(bytes, from, to);
                return secret != null ? new Change.PrivateKey(secret) : null;
            }
            case "listen_port" -> {
                long port = number(bytes, from, to, MAX_U16);
                return port >= 0 ? new Change.ListenPort((int) port) : null;
            }
            case "fwmark" -> {
                long mark = number(bytes, from, to, MAX_U32);
                return mark >= 0 ? new Change.Fwmark((int) mark) : null;
            }
            case "replace_peers" -> {
                return isTrue(bytes, from, to) ? new Change.ReplacePeers() : null;
            }
            default -> {
                return null;
            }
        }
    }

    private @Nullable Change peerChange(String key, byte[] bytes, int from, int to) {
        switch (key) {
            case "public_key" -> {
                byte[] publicKey = hexKey(bytes, from, to);
                return publicKey != null ? new Change.SelectPeer(PublicKey.of(publicKey)) : null;
            }
            case "update_only" -> {
                return isTrue(bytes, from, to) ? new Change.UpdateOnly() : null;
            }
            case "remove" -> {
                return isTrue(bytes, from, to) ? new Change.Remove() : null;
            }
            case "preshared_key" -> {
                Secret secret = secret(bytes, from, to);
                return secret != null ? new Change.PresharedKey(secret) : null;
            }
            case "endpoint" -> {
                Endpoint endpoint = endpoint(string(bytes, from, to));
                return endpoint != null ? new Change.SetEndpoint(endpoint) : null;
            }
            case "persistent_keepalive_interval" -> {
                long seconds = number(bytes, from, to, MAX_U16);
                return seconds >= 0 ? new Change.PersistentKeepalive((int) seconds) : null;
            }
            case "replace_allowed_ips" -> {
                return isTrue(bytes, from, to) ? new Change.ReplaceAllowedIps() : null;
            }
            case "allowed_ip" -> {
                boolean removing = from < to && bytes[from] == '-';
                Prefix prefix = prefix(string(bytes, removing ? from + 1 : from, to));
                if (prefix == null) {
                    return null;
                }
                return removing ? new Change.RemoveAllowedIp(prefix) : new Change.AddAllowedIp(prefix);
            }
            default -> {
                return null;
            }
        }
    }

    private static @Nullable Secret secret(byte[] bytes, int from, int to) {
        byte[] key = hexKey(bytes, from, to);
        return key != null ? new Secret(key) : null;
    }

    /** Exactly 64 digits of either case; never makes a string of them, which could not be wiped. */
    private static byte @Nullable [] hexKey(byte[] bytes, int from, int to) {
        if (to - from != 2 * Secret.LENGTH_BYTES) {
            return null;
        }
        byte[] key = new byte[Secret.LENGTH_BYTES];
        for (int i = 0; i < key.length; i++) {
            int high = Character.digit(bytes[from + 2 * i], 16);
            int low = Character.digit(bytes[from + 2 * i + 1], 16);
            if ((high | low) < 0) {
                Arrays.fill(key, (byte) 0);
                return null;
            }
            key[i] = (byte) (high << 4 | low);
        }
        return key;
    }

    /** Decimal digits only, no sign; -1 when it is not a number or too large. */
    private static long number(byte[] bytes, int from, int to, long max) {
        if (from == to) {
            return -1;
        }
        long number = 0;
        for (int i = from; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
            if (number > max) {
                return -1;
            }
        }
        return number;
    }

    private static boolean isTrue(byte[] bytes, int from, int to) {
        return string(bytes, from, to).equals("true");
    }

    private @Nullable Endpoint endpoint(String text) {
        try {
            return Endpoint.parse(text, zoneIndex);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable Prefix prefix(String text) {
        try {
            return Prefix.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static String string(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, UTF_8);
    }
}
