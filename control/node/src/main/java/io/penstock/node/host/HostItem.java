package io.penstock.node.host;

import io.penstock.wireguard.route.Prefix;
import java.util.List;

/**
 * One thing at the host that we may set. Each has a value as text; {@link #ABSENT} is that of a thing that is not there. Its own text
 * is one line of words, by which the journal knows it. Immutable.
 */
public sealed interface HostItem {
    /** Value of what is not there. */
    String ABSENT = "";

    /** Value of what is there and has no more to say. */
    String PRESENT = "present";

    /** MTU of a link in bytes. */
    record Mtu(String link) implements HostItem {
        @Override
        public String text() {
            return "mtu " + link;
        }
    }

    /** Whether a link is {@code up} or {@code down}. */
    record Up(String link) implements HostItem {
        @Override
        public String text() {
            return "link " + link;
        }
    }

    /** A whole address of a link. */
    record Address(String link, Prefix address) implements HostItem {
        @Override
        public String text() {
            return "address " + link + ' ' + address;
        }
    }

    /**
     * A route. Its value is {@code dev NAME}, {@code unreachable}, or {@code throw}: then the next rule decides.
     *
     * @param table one of ours
     */
    record Route(int table, Prefix destination) implements HostItem {
        static final String THROW = "throw";
        static final String UNREACHABLE = "unreachable";

        @Override
        public String text() {
            return "route " + table + ' ' + destination;
        }

        static String dev(String link) {
            return "dev " + link;
        }
    }

    /**
     * A rule for all packets without our mark.
     *
     * @param suppressesDefault whether the table's default routes do not count
     */
    record Rule(boolean isV6, int priority, int table, int mark, int mask, boolean suppressesDefault)
            implements HostItem {
        @Override
        public String text() {
            return "rule " + (isV6 ? '6' : '4') + ' ' + priority + ' ' + table + ' ' + Integer.toHexString(mark) + ' '
                    + Integer.toHexString(mask) + ' ' + suppressesDefault;
        }
    }

    /** Our nftables table, {@code inet penstock}. Its value is a digest of its text. */
    record Nft() implements HostItem {
        @Override
        public String text() {
            return "nft";
        }
    }

    /** A key of sysctl(8) for one link, as {@code net.ipv4.conf.eth0.rp_filter}; a dot in a link's name is written as a slash. */
    record Sysctl(String key) implements HostItem {
        @Override
        public String text() {
            return "sysctl " + key;
        }

        static Sysctl of(boolean isV6, String link, String setting) {
            return new Sysctl("net." + (isV6 ? "ipv6" : "ipv4") + ".conf." + link.replace('.', '/') + '.' + setting);
        }
    }

    /**
     * Whether the host forwards packets of a family. To set it sets the same for every link and more, so its value has those links
     * that differ, and the other key, behind it: {@code 0 accept_redirects=1 eth1=1}.
     */
    record Forwarding(boolean isV6) implements HostItem {
        @Override
        public String text() {
            return "forwarding " + (isV6 ? '6' : '4');
        }

        /** The family's own part of the value. */
        static String ownPart(String value) {
            int space = value.indexOf(' ');
            return space < 0 ? value : value.substring(0, space);
        }
    }

    /** A feature of a link as ethtool(8) names it, {@code on} or {@code off}. */
    record Offload(String link, String feature) implements HostItem {
        @Override
        public String text() {
            return "offload " + link + ' ' + feature;
        }
    }

    /** One line of words that {@link #parse} reads. */
    String text();

    /** Whether the value that is there is as good as the wanted one. */
    default boolean satisfies(String actual, String wanted) {
        return this instanceof Forwarding
                ? Forwarding.ownPart(actual).equals(Forwarding.ownPart(wanted))
                : actual.equals(wanted);
    }

    /** Whether the value that is there can be one that we have set. */
    default boolean isOurs(String actual, List<String> ours) {
        return this instanceof Nft ? !actual.equals(ABSENT) : ours.stream().anyMatch(value -> satisfies(actual, value));
    }

    /**
     * Reads {@link #text}.
     *
     * @throws IllegalArgumentException if it is something else
     */
    static HostItem parse(String text) {
        String[] words = text.split(" ", -1);
        try {
            return switch (words[0]) {
                case "mtu" -> new Mtu(words[1]);
                case "link" -> new Up(words[1]);
                case "address" -> new Address(words[1], Prefix.parse(words[2]));
                case "route" -> new Route(Integer.parseInt(words[1]), Prefix.parse(words[2]));
                case "rule" ->
                    new Rule(
                            words[1].equals("6"),
                            Integer.parseInt(words[2]),
                            Integer.parseInt(words[3]),
                            Integer.parseUnsignedInt(words[4], 16),
                            Integer.parseUnsignedInt(words[5], 16),
                            Boolean.parseBoolean(words[6]));
                case "nft" -> new Nft();
                case "sysctl" -> new Sysctl(words[1]);
                case "forwarding" -> new Forwarding(words[1].equals("6"));
                case "offload" -> new Offload(words[1], words[2]);
                default -> throw new IllegalArgumentException("not a thing of a host: " + text);
            };
        } catch (ArrayIndexOutOfBoundsException e) {
            throw new IllegalArgumentException("not a thing of a host: " + text, e);
        }
    }
}
