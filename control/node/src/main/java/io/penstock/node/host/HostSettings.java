package io.penstock.node.host;

import io.penstock.node.route.Prefixes;
import io.penstock.wireguard.route.Prefix;
import java.util.List;

/**
 * What the host should look like for a node. Checked once and then trusted; {@link #builder} starts with what is usual.
 *
 * @param interfaceName the tunnel's interface
 * @param addresses the node's own in the overlay, each a whole address (/32, /128)
 * @param mtuBytes of the interface
 * @param routes what goes through the tunnel: peers' addresses and accepted routes; a default route is an exit node's
 * @param bypass what never goes through the tunnel whatever the routes say: coordinator and relays, whose sockets bear no mark
 * @param advertised networks of this site that are served to others; a default route means that this node is an exit node
 * @param snat whether the site's hosts see this node's address instead of the other sites' addresses
 * @param clampMss whether TCP that is forwarded through the tunnel is told how long its segments may be
 * @param listenPorts UDP ports of the tunnel, where known
 * @param fwmark what the tunnel's own UDP sockets mark their packets with (SO_MARK), within {@code fwmarkMask}
 * @param table number of our routing table; the next one is ours too, for exit routes
 * @param rulePriority of our first rule; the next two are ours too
 * @param uplinks interfaces that lead to the underlay; empty for those of the main table's default routes
 * @param changesFirewall false leaves nftables alone
 * @param changesSysctl false leaves /proc/sys alone
 * @param changesOffload false leaves the uplink's offloads alone
 */
public record HostSettings(
        String interfaceName,
        List<Prefix> addresses,
        int mtuBytes,
        List<Prefix> routes,
        List<Prefix> bypass,
        List<Prefix> advertised,
        boolean snat,
        boolean clampMss,
        List<Integer> listenPorts,
        int fwmark,
        int fwmarkMask,
        int table,
        int rulePriority,
        List<String> uplinks,
        boolean changesFirewall,
        boolean changesSysctl,
        boolean changesOffload) {
    /** Routes of peers; the table after it has an exit node's. Tailscale's is 52, wg-quick's 51820. */
    public static final int TABLE = 52_800;

    /** Before those of Tailscale (5210 to 5270) and the main table (32766). */
    public static final int RULE_PRIORITY = 5_180;

    /** Bits 16 to 23, which other networks' marks leave alone; Tailscale's are 0x04 and 0x08 there. */
    public static final int FWMARK = 0x52_0000;

    public static final int FWMARK_MASK = 0xff_0000;

    private static final int MIN_MTU_BYTES = 576; // RFC 791
    private static final int MAX_MTU_BYTES = 65_520;
    private static final int MAX_RULE_PRIORITY = 32_763; // with the two after it before the main table's
    private static final int MAX_NAME_LENGTH = 15;

    public HostSettings {
        checkName(interfaceName);
        addresses = distinct(addresses);
        routes = distinct(routes);
        bypass = distinct(bypass);
        advertised = distinct(advertised);
        listenPorts = List.copyOf(listenPorts);
        uplinks = List.copyOf(uplinks);
        uplinks.forEach(HostSettings::checkName);
        for (Prefix address : addresses) {
            require(Prefixes.isHost(address), "address " + address + " is a network: only /32 and /128 are addresses");
        }
        require(
                mtuBytes >= MIN_MTU_BYTES && mtuBytes <= MAX_MTU_BYTES,
                "MTU " + mtuBytes + " is not within " + MIN_MTU_BYTES + " to " + MAX_MTU_BYTES);
        for (int port : listenPorts) {
            require(port > 0 && port <= 0xffff, "UDP port " + port + " is not within 1 to 65535");
        }
        require(fwmark != 0, "without a fwmark the tunnel's own packets could be sent into it: give it one");
        require((fwmark & ~fwmarkMask) == 0, "fwmark " + Integer.toHexString(fwmark) + " has bits outside of its mask");
        require(table > 255, "routing table " + table + " is the system's: take one above 255");
        require(
                rulePriority > 0 && rulePriority <= MAX_RULE_PRIORITY,
                "rule priority " + rulePriority + " is not within 1 to " + MAX_RULE_PRIORITY);
    }

    /** With everything as it is usual, without addresses and routes. */
    public static Builder builder(String interfaceName) {
        return new Builder(interfaceName);
    }

    /** The table of an exit node's default routes. */
    public int exitTable() {
        return table + 1;
    }

    /** Whether packets of others pass through this host. */
    public boolean forwards() {
        return !advertised.isEmpty();
    }

    /** Whether this node leads others into the internet. */
    public boolean isExitNode() {
        return advertised.stream().anyMatch(Prefixes::isDefault);
    }

    /** Whether another node leads this one into the internet. */
    public boolean usesExitNode() {
        return routes.stream().anyMatch(Prefixes::isDefault);
    }

    private static List<Prefix> distinct(List<Prefix> prefixes) {
        return prefixes.stream().distinct().toList();
    }

    /** What the kernel takes for a name, less what no sane one has: the name goes into texts that others read. */
    private static void checkName(String name) {
        boolean isName = !name.isEmpty()
                && name.length() <= MAX_NAME_LENGTH
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().allMatch(c -> c > ' ' && c < 0x7f && "/:\"\\*".indexOf(c) < 0);
        require(isName, "not the name of an interface: " + name);
    }

    private static void require(boolean condition, String text) {
        if (!condition) {
            throw new IllegalArgumentException(text);
        }
    }

    /** Collects the components. Not thread-safe. */
    public static final class Builder {
        private final String interfaceName;
        private List<Prefix> addresses = List.of();
        private int mtuBytes = 1420;
        private List<Prefix> routes = List.of();
        private List<Prefix> bypass = List.of();
        private List<Prefix> advertised = List.of();
        private boolean snat;
        private boolean clampMss = true;
        private List<Integer> listenPorts = List.of();
        private int fwmark = FWMARK;
        private int fwmarkMask = FWMARK_MASK;
        private int table = TABLE;
        private int rulePriority = RULE_PRIORITY;
        private List<String> uplinks = List.of();
        private boolean changesFirewall = true;
        private boolean changesSysctl = true;
        private boolean changesOffload = true;

        private Builder(String interfaceName) {
            this.interfaceName = interfaceName;
        }

        public Builder addresses(List<Prefix> value) {
            addresses = value;
            return this;
        }

        public Builder mtuBytes(int value) {
            mtuBytes = value;
            return this;
        }

        public Builder routes(List<Prefix> value) {
            routes = value;
            return this;
        }

        public Builder bypass(List<Prefix> value) {
            bypass = value;
            return this;
        }

        public Builder advertised(List<Prefix> value) {
            advertised = value;
            return this;
        }

        public Builder snat(boolean value) {
            snat = value;
            return this;
        }

        public Builder clampMss(boolean value) {
            clampMss = value;
            return this;
        }

        public Builder listenPorts(List<Integer> value) {
            listenPorts = value;
            return this;
        }

        public Builder fwmark(int value, int mask) {
            fwmark = value;
            fwmarkMask = mask;
            return this;
        }

        public Builder table(int value) {
            table = value;
            return this;
        }

        public Builder rulePriority(int value) {
            rulePriority = value;
            return this;
        }

        public Builder uplinks(List<String> value) {
            uplinks = value;
            return this;
        }

        public Builder changesFirewall(boolean value) {
            changesFirewall = value;
            return this;
        }

        public Builder changesSysctl(boolean value) {
            changesSysctl = value;
            return this;
        }

        public Builder changesOffload(boolean value) {
            changesOffload = value;
            return this;
        }

        public HostSettings build() {
            return new HostSettings(
                    interfaceName,
                    addresses,
                    mtuBytes,
                    routes,
                    bypass,
                    advertised,
                    snat,
                    clampMss,
                    listenPorts,
                    fwmark,
                    fwmarkMask,
                    table,
                    rulePriority,
                    uplinks,
                    changesFirewall,
                    changesSysctl,
                    changesOffload);
        }
    }
}
