package io.penstock.lab.nat;

import java.util.List;

/** Rules of nftables of firewalls that translate nothing. What they drop is counted in {@link #DROPPED}. Pure. */
public final class FirewallRules {
    /** The counter of datagrams over UDP that came and were not asked for. */
    public static final String DROPPED = "dropped";

    /** The counter of datagrams over UDP that were let in. */
    public static final String ACCEPTED = "accepted";

    private FirewallRules() {}

    /**
     * A host's own, as {@code ufw default deny} makes it: answers come in, pings, and what was opened.
     *
     * @param trustedLinks names of links whose packets all come in, such as a tunnel's
     * @param tcpPorts that are open
     */
    public static String host(List<String> trustedLinks, List<Integer> tcpPorts) {
        StringBuilder open = new StringBuilder();
        trustedLinks.forEach(link -> open.append("iifname \"" + link + "\" accept\n    "));
        tcpPorts.forEach(port -> open.append("tcp dport " + port + " accept\n    "));
        return firewall("input", "iifname \"lo\" accept", open.toString().strip());
    }

    /** A router's without a translation: networks inside have public addresses, and only what they asked for comes in. */
    public static String router() {
        return firewall("forward", "iifname \"" + NatRules.INSIDE + "*\" accept", "");
    }

    private static String firewall(String hook, String first, String open) {
        return """
            table inet firewall {
              counter dropped { }
              counter accepted { }
              chain %1$s {
                type filter hook %1$s priority filter; policy drop
                %2$s
                ct state established,related meta l4proto udp counter name "accepted" accept
                ct state established,related accept
                icmp type echo-request accept
                %3$s
                meta l4proto udp counter name "dropped"
              }
            }
            """.formatted(hook, first, open);
    }
}
