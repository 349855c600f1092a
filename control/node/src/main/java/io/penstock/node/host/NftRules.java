package io.penstock.node.host;

import io.penstock.node.route.Prefixes;
import io.penstock.wireguard.route.Prefix;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Text of our nftables table. We accept nothing and flush nothing: a verdict "accept" of one table does not hold against another's
 * "drop", and what others drop is theirs to say. Pure.
 */
final class NftRules {
    static final String TABLE = "inet penstock";

    /** What takes the table away. */
    static final String DELETE = "delete table " + TABLE;

    /** An empty chain whose name says which text the table has, so that a plan sees whether it is still that. */
    static final String STAMP = "text_";

    private static final int DIGEST_LENGTH = 16;

    /** The table's text, in order: a name and what is in the braces. */
    private final StringBuilder out = new StringBuilder();

    private final HostSettings settings;
    private final String own;

    private NftRules(HostSettings settings) {
        this.settings = settings;
        own = '"' + settings.interfaceName() + '"';
    }

    /** The chains of the table. */
    static String chains(HostSettings settings) {
        NftRules rules = new NftRules(settings);
        rules.guard();
        if (settings.usesExitNode()) {
            rules.answer();
        }
        if (settings.clampMss()) {
            rules.clamp();
        }
        rules.masquerade();
        return rules.out.toString();
    }

    /** Names a text. */
    static String digest(String chains) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(chains.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, DIGEST_LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every JDK has it
        }
    }

    /** What nft reads to put the table in the place of the one that may be there, in one transaction. */
    static String script(String chains) {
        return "table " + TABLE + "\n" + DELETE + "\ntable " + TABLE + " {\n" + chains + "\tchain " + STAMP
                + digest(chains) + " {\n\t}\n}\n";
    }

    /** CVE-2019-14899: a neighbour must not talk to our overlay addresses from outside of the tunnel. Exactly ours, no range. */
    private void guard() {
        List<String> lines = new ArrayList<>();
        String elsewhere = "iifname != { " + own + ", \"lo\" } ";
        for (boolean isV6 : new boolean[] {false, true}) {
            String set = set(settings.addresses().stream()
                    .filter(address -> address.isV6() == isV6)
                    .toList());
            if (!set.isEmpty()) {
                lines.add(elsewhere + (isV6 ? "ip6" : "ip") + " daddr " + set + " drop");
            }
        }
        if (!lines.isEmpty()) {
            chain("guard", "type filter hook prerouting priority raw; policy accept;", lines);
        }
    }

    /**
     * With an exit node, who comes to this host from outside of the tunnel is answered the way he came, and not through the exit node: the
     * mark leads past our tables, both when the kernel checks a source (rp_filter) and when it routes the answer. The mark of a
     * connection carries it over to the answers, also to those of hosts that this one translates addresses for.
     */
    private void answer() {
        String mark = "0x" + Integer.toHexString(settings.fwmark());
        String mask = "0x" + Integer.toHexString(settings.fwmarkMask());
        String others = "0x" + Integer.toHexString(~settings.fwmarkMask());
        String setMark = "meta mark set meta mark & " + others + " | " + mark;
        String setConnection = "ct mark set ct mark & " + others + " | " + mark;
        String ofConnection = "ct direction reply ct mark & " + mask + " == " + mark + ' ' + setMark;
        List<String> lines = new ArrayList<>();
        if (!settings.listenPorts().isEmpty()) { // the tunnel marks its answers itself
            String ports = settings.listenPorts().stream().map(String::valueOf).collect(Collectors.joining(", "));
            lines.add("iifname != " + own + " udp dport { " + ports + " } " + setMark + " accept");
        }
        lines.add("iifname != { " + own + ", \"lo\" } fib daddr type local ct direction original " + setMark + ' '
                + setConnection);
        lines.add(ofConnection);
        chain("comers", "type filter hook prerouting priority mangle; policy accept;", lines);
        chain("answers", "type route hook output priority mangle; policy accept;", List.of(ofConnection));
    }

    /** To what the routes of both directions bear; segments are never made longer. */
    private void clamp() {
        String clamp = " tcp flags syn tcp option maxseg size set rt mtu";
        chain(
                "clamp",
                "type filter hook forward priority mangle; policy accept;",
                List.of("iifname " + own + clamp, "oifname " + own + clamp));
    }

    /** Never between sites unless wanted; who leaves for the internet here has to look like this host. */
    private void masquerade() {
        List<String> lines = new ArrayList<>();
        String leaving = "iifname " + own + " oifname != " + own + ' ';
        if (settings.snat()) {
            if (settings.forwards()) {
                lines.add(leaving + "masquerade");
            }
        } else if (settings.isExitNode()) {
            for (boolean isV6 : new boolean[] {false, true}) {
                if (settings.advertised().stream()
                        .noneMatch(prefix -> prefix.isV6() == isV6 && Prefixes.isDefault(prefix))) {
                    continue;
                }
                String sites = set(settings.advertised().stream()
                        .filter(prefix -> prefix.isV6() == isV6 && !Prefixes.isDefault(prefix))
                        .filter(prefix -> settings.advertised().stream().noneMatch(other -> isWider(other, prefix)))
                        .toList());
                String family = "meta nfproto " + (isV6 ? "ipv6 " : "ipv4 ");
                String outside = sites.isEmpty() ? "" : (isV6 ? "ip6" : "ip") + " daddr != " + sites + ' ';
                lines.add(leaving + (sites.isEmpty() ? family : outside) + "masquerade");
            }
        }
        if (!lines.isEmpty()) {
            chain("nat", "type nat hook postrouting priority srcnat; policy accept;", lines);
        }
    }

    private static boolean isWider(Prefix other, Prefix prefix) {
        return !Prefixes.isDefault(other) && !other.equals(prefix) && Prefixes.contains(other, prefix);
    }

    private static String set(List<Prefix> prefixes) {
        return prefixes.isEmpty()
                ? ""
                : prefixes.stream()
                        .map(prefix -> Prefixes.isHost(prefix)
                                ? prefix.toString()
                                        .substring(0, prefix.toString().indexOf('/'))
                                : prefix.toString())
                        .sorted()
                        .collect(Collectors.joining(", ", "{ ", " }"));
    }

    private void chain(String name, String hook, List<String> lines) {
        out.append("\tchain ").append(name).append(" {\n\t\t").append(hook).append('\n');
        lines.forEach(line -> out.append("\t\t").append(line).append('\n'));
        out.append("\t}\n");
    }
}
