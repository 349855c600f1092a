package io.penstock.node.config;

import io.penstock.wireguard.route.Prefix;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How values of a setting are written. {@code format} writes what {@code parse} reads.
 *
 * @param <T> of the values
 */
public sealed interface SettingType<T> {
    /** How a value stands in JSON. */
    enum Form {
        TRUTH,
        NUMBER,
        TEXT,
        /** Of texts; on a command line with commas between them. */
        LIST
    }

    /**
     * Reads a value.
     *
     * @throws SettingException with what it can be
     */
    T parse(String text) throws SettingException;

    String format(T value);

    Form form();

    /** For help, such as {@code PREFIX,...}. */
    String label();

    /** Yes or no. */
    record Truth() implements SettingType<Boolean> {
        @Override
        public Boolean parse(String text) throws SettingException {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "true", "yes", "on" -> true;
                case "false", "no", "off" -> false;
                default -> throw new SettingException("it is true or false, not '" + text + "'");
            };
        }

        @Override
        public String format(Boolean value) {
            return value.toString();
        }

        @Override
        public Form form() {
            return Form.TRUTH;
        }

        @Override
        public String label() {
            return "true|false";
        }
    }

    /** A number within bounds, both included. */
    record Whole(int min, int max, String label) implements SettingType<Integer> {
        private static final Pattern DIGITS = Pattern.compile("0|[1-9][0-9]{0,8}");

        @Override
        public Integer parse(String text) throws SettingException {
            int value = DIGITS.matcher(text).matches() ? Integer.parseInt(text) : -1;
            if (value < min || value > max) {
                throw new SettingException("it is a number from " + min + " to " + max + ", not '" + text + "'");
            }
            return value;
        }

        @Override
        public String format(Integer value) {
            return value.toString();
        }

        @Override
        public Form form() {
            return Form.NUMBER;
        }
    }

    /** Bytes of a packet, or 0. */
    record Mtu() implements SettingType<Integer> {
        private static final Whole BOUNDS = new Whole(1280, 65_520, "BYTES"); // IPv6 takes no less: RFC 8200 section 5

        @Override
        public Integer parse(String text) throws SettingException {
            return text.equals("0") ? Integer.valueOf(0) : BOUNDS.parse(text);
        }

        @Override
        public String format(Integer value) {
            return value.toString();
        }

        @Override
        public Form form() {
            return Form.NUMBER;
        }

        @Override
        public String label() {
            return BOUNDS.label();
        }
    }

    /**
     * Text of one kind; empty stands for none.
     *
     * @param pattern that all but an empty one has
     * @param what it is, for messages
     */
    record Text(Pattern pattern, String what, String label) implements SettingType<String> {
        @Override
        public String parse(String text) throws SettingException {
            if (!text.isEmpty() && !pattern.matcher(text).matches()) {
                throw new SettingException("it is " + what + ", not '" + text + "'");
            }
            return text;
        }

        @Override
        public String format(String value) {
            return value;
        }

        @Override
        public Form form() {
            return Form.TEXT;
        }
    }

    /** A coordinator's URL, as it is compared: without a path, in lower case; empty for none. */
    record Url() implements SettingType<String> {
        @Override
        public String parse(String text) throws SettingException {
            if (text.isEmpty()) {
                return text;
            }
            URI url;
            try {
                url = URI.create(text);
            } catch (IllegalArgumentException e) {
                throw refused(text);
            }
            String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
            String path = String.valueOf(url.getRawPath());
            boolean isPlain = (scheme.equals("https") || scheme.equals("http"))
                    && url.getHost() != null
                    && (path.isEmpty() || path.equals("/"))
                    && url.getRawQuery() == null
                    && url.getRawFragment() == null
                    && url.getRawUserInfo() == null;
            if (!isPlain) {
                throw refused(text);
            }
            String port = url.getPort() < 0 ? "" : ":" + url.getPort();
            return scheme + "://" + url.getHost().toLowerCase(Locale.ROOT) + port;
        }

        private static SettingException refused(String text) {
            return new SettingException(
                    "it is a URL without a path, such as https://vpn.example.org, not '" + text + "'");
        }

        @Override
        public String format(String value) {
            return value;
        }

        @Override
        public Form form() {
            return Form.TEXT;
        }

        @Override
        public String label() {
            return "URL";
        }
    }

    /** Networks, each once, in the order in which they were given. */
    record Prefixes() implements SettingType<List<Prefix>> {
        @Override
        public List<Prefix> parse(String text) throws SettingException {
            Set<Prefix> prefixes = new LinkedHashSet<>();
            for (String word : words(text)) {
                prefixes.add(prefix(word));
            }
            return List.copyOf(prefixes);
        }

        /** One whose host bits are zero: somebody who writes others means something else than what they would get. */
        static Prefix prefix(String word) throws SettingException {
            Prefix prefix;
            try {
                prefix = Prefix.parse(word);
            } catch (IllegalArgumentException e) {
                throw new SettingException("it is a network such as 10.1.0.0/24 or fd00:1::/64, not '" + word + "'");
            }
            String address = word.substring(0, word.indexOf('/'));
            Prefix host = Prefix.parse(address + (prefix.isV6() ? "/128" : "/32"));
            if (host.high() != prefix.high() || host.low() != prefix.low()) {
                throw new SettingException("'" + word + "' has bits set behind its length; the network is " + prefix);
            }
            return prefix;
        }

        @Override
        public String format(List<Prefix> value) {
            return String.join(",", value.stream().map(Prefix::toString).toList());
        }

        @Override
        public Form form() {
            return Form.LIST;
        }

        @Override
        public String label() {
            return "PREFIX,...";
        }
    }

    /** Words of one kind, each once. */
    record Texts(Pattern pattern, String what, String label) implements SettingType<List<String>> {
        @Override
        public List<String> parse(String text) throws SettingException {
            Set<String> values = new LinkedHashSet<>();
            for (String word : words(text)) {
                if (!pattern.matcher(word).matches()) {
                    throw new SettingException("it is " + what + ", not '" + word + "'");
                }
                values.add(word);
            }
            return List.copyOf(values);
        }

        @Override
        public String format(List<String> value) {
            return String.join(",", value);
        }

        @Override
        public Form form() {
            return Form.LIST;
        }
    }

    /** Which routes of the others: {@code all}, {@code none}, or networks and names of nodes; a list of one word or more, empty for none. */
    record Routes() implements SettingType<List<String>> {
        private static final String ALL = "all";
        private static final String NONE = "none";
        private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?");

        @Override
        public List<String> parse(String text) throws SettingException {
            Set<String> values = new LinkedHashSet<>();
            for (String word : words(text)) {
                if (word.contains("/")) {
                    values.add(Prefixes.prefix(word).toString());
                } else if (NAME.matcher(word).matches()) {
                    values.add(word);
                } else {
                    throw new SettingException(
                            "it is all, none, networks such as 10.1.0.0/24 or names of nodes, not '" + word + "'");
                }
            }
            if (values.size() > 1 && (values.contains(ALL) || values.contains(NONE))) {
                throw new SettingException("'all' and 'none' stand alone");
            }
            values.remove(NONE);
            return List.copyOf(values);
        }

        @Override
        public String format(List<String> value) {
            return value.isEmpty() ? NONE : String.join(",", value);
        }

        @Override
        public Form form() {
            return Form.LIST;
        }

        @Override
        public String label() {
            return "all|none|PREFIX|NODE,...";
        }
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        if (!text.isBlank()) {
            for (String word : text.split(",", -1)) {
                words.add(word.strip());
            }
        }
        return words;
    }
}
