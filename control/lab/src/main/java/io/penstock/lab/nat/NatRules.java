package io.penstock.lab.nat;

/**
 * Rules of nftables that make a namespace a router of some kind. Its link to the internet is {@link #OUTSIDE}; those to networks
 * inside begin with {@link #INSIDE}, and networks inside do not reach each other. Pure.
 *
 * <p>Conntrack by itself is a port-restricted router, and with random ports a symmetric one. The wider kinds learn from what
 * leaves: a chain behind the translation puts each public port into a map, with the address and port inside that have it, and
 * the address that was sent to into a set; what comes to such a port is led inside. An element lives as long as a mapping.
 *
 * <p>What comes to the router itself is dropped, as everywhere. That matters: a datagram that it took would be an entry of conntrack,
 * and the mapping would get another port when the site sends there.
 */
public final class NatRules {
    /** The link to the internet. */
    public static final String OUTSIDE = "wan";

    /** What names of links to networks inside begin with. */
    public static final String INSIDE = "lan";

    /** How long a mapping lives without a packet that leaves; many routers forget after half a minute. */
    public static final int LIFETIME_SECONDS = 20;

    /** The counter of datagrams that got a mapping. */
    public static final String TRANSLATED = "translated";

    private static final String LEAD = "dnat ip addr . port to udp dport map @inside";

    private NatRules() {}

    /**
     * The ruleset of a router. Of a double one, each of the two is a port-restricted router.
     *
     * @param address of the link to the internet, IPv4
     */
    public static String of(NatKind kind, String address) {
        return switch (kind) {
            case FULL_CONE -> wide("iifname \"wan\" " + LEAD) + router("", "", "");
            case RESTRICTED -> wide("iifname \"wan\" udp dport . ip saddr @contacted " + LEAD) + router("", "", "");
            case PORT_RESTRICTED, DOUBLE -> router("", "", "");
            case SYMMETRIC -> router("", "random,fully-random", "");
            case HAIRPIN ->
                wide("ip daddr " + address + " " + LEAD)
                        // from the public port that the sender has elsewhere too: RFC 4787 section 6
                        + router("", "", "iifname \"lan*\" oifname \"lan*\" ct status dnat snat to " + address);
            case UDP_BLOCKED -> router("meta l4proto udp drop", "", "");
        };
    }

    private static String wide(String lead) {
        return """
            table ip router {
              map inside {
                type inet_service : ipv4_addr . inet_service
                flags dynamic, timeout
                timeout %1$ds
                size 4096
              }
              set contacted {
                type inet_service . ipv4_addr
                flags dynamic, timeout
                timeout %1$ds
                size 4096
              }
              chain learn {
                type filter hook postrouting priority srcnat + 100
                oifname "wan" meta l4proto udp update @inside { udp sport : ct original ip saddr . ct original proto-src }
                oifname "wan" meta l4proto udp update @contacted { udp sport . ip daddr }
              }
              chain lead {
                type nat hook prerouting priority dstnat
                %2$s
              }
            }
            """.formatted(LIFETIME_SECONDS, lead);
    }

    private static String router(String first, String ports, String translation) {
        return """
            table ip router {
              counter translated { }
              chain input {
                type filter hook input priority filter; policy drop
                ct state established,related accept
                iifname "lan*" accept
              }
              chain forward {
                type filter hook forward priority filter; policy drop
                %1$s
                ct state established,related accept
                iifname "lan*" oifname "wan" accept
                ct status dnat accept
              }
              chain translate {
                type nat hook postrouting priority srcnat
                oifname "wan" meta l4proto udp counter name "translated" masquerade %2$s
                oifname "wan" masquerade
                %3$s
              }
            }
            """.formatted(first, ports, translation);
    }
}
