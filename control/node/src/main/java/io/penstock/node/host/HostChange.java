package io.penstock.node.host;

import io.penstock.node.host.HostItem.Address;
import io.penstock.node.host.HostItem.Forwarding;
import io.penstock.node.host.HostItem.Mtu;
import io.penstock.node.host.HostItem.Nft;
import io.penstock.node.host.HostItem.Offload;
import io.penstock.node.host.HostItem.Route;
import io.penstock.node.host.HostItem.Rule;
import io.penstock.node.host.HostItem.Sysctl;
import io.penstock.node.host.HostItem.Up;

/**
 * One change to the host.
 *
 * @param from the value that is there, {@link HostItem#ABSENT} if the thing is not
 * @param to the value to set, {@link HostItem#ABSENT} to take the thing away
 * @param script for nftables only: what nft reads to make the change; empty for the others
 */
public record HostChange(HostItem item, String from, String to, String script) {
    HostChange(HostItem item, String from, String to) {
        this(item, from, to, "");
    }

    /** What takes this change back. */
    public HostChange undo() {
        boolean isNft = item instanceof Nft;
        return new HostChange(item, to, from, isNft && from.equals(HostItem.ABSENT) ? NftRules.DELETE : "");
    }

    /** As an operator would type it; only a change of nftables has more than one line. */
    public String line() {
        return switch (item) {
            case Mtu(String link) -> "ip link set dev " + link + " mtu " + to;
            case Up(String link) -> "ip link set dev " + link + ' ' + to;
            case Address address ->
                "ip" + (address.address().isV6() ? " -6" : "") + " address " + verb() + ' ' + address.address()
                        + " dev " + address.link();
            case Route route -> routeLine(route);
            case Rule rule -> ruleLine(rule);
            case Nft() -> script.contains("\n") ? "nft -f - <<'END'\n" + script + "END" : "nft '" + script + "'";
            case Sysctl(String key) -> "sysctl -w " + key + '=' + to;
            case Forwarding(boolean isV6) ->
                "sysctl -w " + (isV6 ? "net.ipv6.conf.all.forwarding" : "net.ipv4.ip_forward") + '='
                        + Forwarding.ownPart(to);
            case Offload(String link, String feature) -> "ethtool -K " + link + ' ' + feature + ' ' + to;
        };
    }

    private String verb() {
        return to.equals(HostItem.ABSENT) ? "del" : "add";
    }

    private String routeLine(Route route) {
        boolean isReplaced = !from.equals(HostItem.ABSENT) && !to.equals(HostItem.ABSENT);
        String value = to.equals(HostItem.ABSENT) ? from : to;
        boolean isDevice = value.startsWith("dev ");
        return "ip" + (route.destination().isV6() ? " -6" : "") + " route " + (isReplaced ? "replace" : verb()) + ' '
                + (isDevice ? "" : value + ' ') + route.destination() + (isDevice ? ' ' + value : "") + " table "
                + route.table();
    }

    private String ruleLine(Rule rule) {
        return "ip" + (rule.isV6() ? " -6" : "") + " rule " + verb() + " not from all fwmark 0x"
                + Integer.toHexString(rule.mark()) + "/0x" + Integer.toHexString(rule.mask()) + " lookup "
                + (rule.table() == HostPlan.MAIN_TABLE ? "main" : rule.table())
                + (rule.suppressesDefault() ? " suppress_prefixlength 0" : "") + " priority " + rule.priority();
    }
}
