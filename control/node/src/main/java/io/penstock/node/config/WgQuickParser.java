package io.penstock.node.config;

import io.penstock.protocol.hujson.Finding;
import io.penstock.protocol.hujson.Location;
import io.penstock.wireguard.IpText;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads files of wg(8) and wg-quick(8): sections in brackets, a key, an equals sign and a value a line, comments behind a hash sign,
 * capitals as one likes. For one file. Messages never repeat the value of a secret.
 */
public final class WgQuickParser {
    private static final Set<String> QUICK_ONLY =
            Set.of("dns", "mtu", "table", "preup", "postup", "predown", "postdown", "saveconfig", "fwmark");
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?");
    private static final Pattern HOST = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?");
    private static final int MAX_PORT = 65_535;

    private final String name;
    private final List<Finding> findings = new ArrayList<>();
    private final List<String> addresses = new ArrayList<>();
    private final List<String> unused = new ArrayList<>();
    private final List<WgQuick.Peer> peers = new ArrayList<>();
    private final Set<PublicKey> keys = new HashSet<>();
    private int port;
    private boolean hasPrivateKey;

    private Section section = Section.NONE;
    private @Nullable String comment; // before the section that may follow
    private PeerDraft draft = new PeerDraft(null, 0);
    private int line;

    private enum Section {
        NONE,
        INTERFACE,
        PEER
    }

    /** A peer whose section has begun. */
    private static final class PeerDraft {
        final @Nullable String name;
        final int line;
        final List<Prefix> allowedIps = new ArrayList<>();

        @Nullable PublicKey key;

        @Nullable String endpoint;

        int keepaliveSeconds;

        @Nullable PresharedKey presharedKey;

        PeerDraft(@Nullable String name, int line) {
            this.name = name;
            this.line = line;
        }
    }

    /** A value that a key cannot have; says what it can. */
    private static final class ValueException extends Exception {
        private static final long serialVersionUID = 1L;
        final String reason;

        ValueException(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }
    }

    private WgQuickParser(String name) {
        this.name = name;
    }

    /**
     * Reads a file's text.
     *
     * @param name of the file, for messages
     * @throws ConfigFile.InvalidException with a line for each finding, such as {@code wg0.conf:7:14: ...}
     */
    public static WgQuick parse(String name, String text) throws ConfigFile.InvalidException {
        WgQuickParser parser = new WgQuickParser(name);
        for (String line : text.split("\r?\n", -1)) {
            parser.line++;
            parser.read(line);
        }
        parser.endSection();
        return parser.result();
    }

    private WgQuick result() throws ConfigFile.InvalidException {
        if (!findings.isEmpty()) {
            throw new ConfigFile.InvalidException(String.join(
                    "\n", findings.stream().map(finding -> name + ":" + finding).toList()));
        }
        return new WgQuick(addresses, port, hasPrivateKey, unused, peers);
    }

    private void read(String whole) {
        int hash = whole.indexOf('#');
        String text = (hash < 0 ? whole : whole.substring(0, hash)).strip();
        String remark = hash < 0 ? "" : whole.substring(hash + 1).strip();
        if (text.isEmpty()) {
            comment = hash < 0 ? comment : remark;
        } else if (text.startsWith("[")) {
            begin(whole, text, remark);
        } else {
            comment = null;
            pair(whole, text);
        }
    }

    private void begin(String whole, String text, String remark) {
        endSection();
        section = switch (text.toLowerCase(Locale.ROOT)) {
            case "[interface]" -> Section.INTERFACE;
            case "[peer]" -> Section.PEER;
            default -> {
                find(whole, text, "unknown section " + text + "; there are [Interface] and [Peer]");
                yield Section.NONE;
            }
        };
        draft = new PeerDraft(nameIn(remark.isEmpty() ? comment : remark), line);
        comment = null;
    }

    private static @Nullable String nameIn(@Nullable String remark) {
        if (remark == null) {
            return null;
        }
        String word =
                remark.replaceFirst("(?i)^(name|friendly_name)\\s*[=:]\\s*", "").strip();
        return NAME.matcher(word).matches() ? word.toLowerCase(Locale.ROOT) : null;
    }

    private void endSection() {
        if (section != Section.PEER) {
            return;
        }
        if (draft.key == null) {
            findings.add(new Finding(new Location(draft.line, 1), "this [Peer] has no PublicKey"));
        } else if (!keys.add(draft.key)) {
            findings.add(new Finding(new Location(draft.line, 1), "another [Peer] has this PublicKey"));
        } else {
            peers.add(new WgQuick.Peer(
                    draft.name,
                    draft.key,
                    draft.allowedIps,
                    draft.endpoint,
                    draft.keepaliveSeconds,
                    draft.presharedKey));
        }
    }

    private void pair(String whole, String text) {
        int equals = text.indexOf('=');
        if (equals < 0) {
            find(whole, text, "neither a section such as [Peer] nor KEY = VALUE");
            return;
        }
        String key = text.substring(0, equals).strip();
        String value = text.substring(equals + 1).strip();
        if (value.isEmpty() && !key.equalsIgnoreCase("AllowedIPs")) {
            find(whole, text, key + " has no value");
            return;
        }
        try {
            switch (section) {
                case NONE -> throw new ValueException("stands before any section");
                case INTERFACE -> ofInterface(key, value);
                case PEER -> ofPeer(key, value);
            }
        } catch (ValueException e) {
            find(whole, value.isEmpty() ? text : value, key + ": " + e.reason);
        }
    }

    private void ofInterface(String key, String value) throws ValueException {
        switch (key.toLowerCase(Locale.ROOT)) {
            case "privatekey" -> {
                key(value);
                hasPrivateKey = true;
            }
            case "listenport" -> port = number(value, MAX_PORT);
            case "address" -> {
                for (String address : value.split(",", -1)) {
                    prefix(address.strip());
                    addresses.add(address.strip());
                }
            }
            case String other when QUICK_ONLY.contains(other) -> unused.add(key);
            default -> throw new ValueException("unknown in [Interface]");
        }
    }

    private void ofPeer(String key, String value) throws ValueException {
        switch (key.toLowerCase(Locale.ROOT)) {
            case "publickey" -> draft.key = key(value);
            case "presharedkey" -> {
                key(value); // as strict as for the others, which the decoder of Java is not
                draft.presharedKey = new PresharedKey(value);
            }
            case "allowedips" -> {
                for (String prefix : value.isEmpty() ? new String[0] : value.split(",", -1)) {
                    draft.allowedIps.add(prefix(prefix.strip()));
                }
            }
            case "endpoint" -> draft.endpoint = endpoint(value);
            case "persistentkeepalive" ->
                draft.keepaliveSeconds = value.equalsIgnoreCase("off") ? 0 : number(value, MAX_PORT);
            default -> throw new ValueException("unknown in [Peer]");
        }
    }

    private static PublicKey key(String value) throws ValueException {
        try {
            return PublicKey.parseBase64(value);
        } catch (IllegalArgumentException e) {
            throw new ValueException("it is a key as wg shows it: 44 characters of base64");
        }
    }

    private static int number(String value, int max) throws ValueException {
        if (!value.matches("[0-9]{1,5}") || Integer.parseInt(value) > max) {
            throw new ValueException("it is a number up to " + max + ", not '" + value + "'");
        }
        return Integer.parseInt(value);
    }

    /** A single address is a prefix of its whole length. */
    private static Prefix prefix(String value) throws ValueException {
        try {
            boolean isV6 = value.indexOf(':') >= 0;
            return Prefix.parse(value.indexOf('/') >= 0 ? value : value + (isV6 ? "/128" : "/32"));
        } catch (IllegalArgumentException e) {
            throw new ValueException("it is an address or a network such as 10.1.0.0/24, not '" + value + "'");
        }
    }

    private static String endpoint(String value) throws ValueException {
        int colon = value.lastIndexOf(':');
        String host = colon < 0 ? value : value.substring(0, colon);
        String number = value.substring(colon + 1);
        boolean isPort = colon > 0 && number.matches("[0-9]{1,5}") && Integer.parseInt(number) <= MAX_PORT;
        if (!isPort
                || Integer.parseInt(number) == 0
                || !(isV6(host) || HOST.matcher(host).matches())) {
            throw new ValueException(
                    "it is HOST:PORT, of IPv6 [ADDRESS]:PORT, such as gw.example.org:51820, not '" + value + "'");
        }
        return value;
    }

    private static boolean isV6(String host) {
        if (!host.startsWith("[") || !host.endsWith("]")) {
            return false;
        }
        try {
            IpText.parse6(host.substring(1, host.length() - 1));
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private void find(String whole, String at, String message) {
        findings.add(new Finding(new Location(line, whole.indexOf(at) + 1), message));
    }
}
