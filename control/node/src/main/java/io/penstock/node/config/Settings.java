package io.penstock.node.config;

import io.penstock.wireguard.route.Prefix;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Everything that a node can be told, in the order in which help lists it. */
public final class Settings {
    public static final Setting<String> SERVER = new Setting<>(
            "server", new SettingType.Url(), "", Setting.Takes.LOGIN, "The coordinator of the network to join.");

    public static final Setting<String> SERVER_PIN = new Setting<>(
            "server-pin",
            new SettingType.Text(
                    Pattern.compile("(?:[0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}"),
                    "the SHA-256 fingerprint of a certificate, 64 hexadecimal digits",
                    "SHA256"),
            "",
            Setting.Takes.LOGIN,
            "Fingerprint of the one certificate to believe, for a coordinator with a self-signed one.");

    public static final Setting<String> HOSTNAME = new Setting<>(
            "hostname",
            new SettingType.Text(
                    Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"),
                    "a name of letters, digits and hyphens, 63 at most",
                    "NAME"),
            "",
            Setting.Takes.NOTHING,
            "Name in the network (empty: that of the host).");

    public static final Setting<List<String>> TAGS = new Setting<>(
            "tags",
            new SettingType.Texts(
                    Pattern.compile("tag:[a-zA-Z][a-zA-Z0-9-]{0,49}"), "a tag such as tag:gateway", "TAG,..."),
            List.of(),
            Setting.Takes.LOGIN,
            "Tags to ask for; a tagged node belongs to nobody and does not expire.");

    public static final Setting<List<Prefix>> LAN = new Setting<>(
            "lan",
            new SettingType.Prefixes(),
            List.of(),
            Setting.Takes.NOTHING,
            "Networks behind this host that the others may reach through it.");

    public static final Setting<List<String>> ACCEPT_ROUTES = new Setting<>(
            "accept-routes",
            new SettingType.Routes(),
            List.of("all"),
            Setting.Takes.NOTHING,
            "Networks behind other nodes to reach through them.");

    public static final Setting<Boolean> OFFER_EXIT_NODE = new Setting<>(
            "offer-exit-node",
            new SettingType.Truth(),
            false,
            Setting.Takes.NOTHING,
            "Offer the way to the internet to the others.");

    public static final Setting<String> EXIT_NODE = new Setting<>(
            "exit-node",
            new SettingType.Text(
                    Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._:-]{0,252}"), "a node's name or address", "NODE"),
            "",
            Setting.Takes.NOTHING,
            "Node or plain WireGuard peer by which everything goes that has no better route (empty: none).");

    public static final Setting<Boolean> EXIT_NODE_LAN = new Setting<>(
            "exit-node-lan",
            new SettingType.Truth(),
            true,
            Setting.Takes.NOTHING,
            "Keep the networks that this host is connected to beside an exit node.");

    public static final Setting<Boolean> SNAT = new Setting<>(
            "snat",
            new SettingType.Truth(),
            false,
            Setting.Takes.NOTHING,
            "Let what comes from other nodes enter the networks behind this host with this host's address.");

    public static final Setting<Boolean> CLAMP_MSS = new Setting<>(
            "clamp-mss",
            new SettingType.Truth(),
            true,
            Setting.Takes.NOTHING,
            "Fit the segment size of forwarded TCP to the tunnel.");

    public static final Setting<Boolean> MANAGE_SYSCTL = new Setting<>(
            "manage-sysctl",
            new SettingType.Truth(),
            true,
            Setting.Takes.NOTHING,
            "Let penstockd set forwarding and reverse path filters, and set them back at 'down'.");

    public static final Setting<Boolean> MANAGE_NFT = new Setting<>(
            "manage-nft",
            new SettingType.Truth(),
            true,
            Setting.Takes.NOTHING,
            "Let penstockd keep an nftables table of its own.");

    public static final Setting<String> INTERFACE = new Setting<>(
            "interface-name",
            new SettingType.Text(
                    Pattern.compile("(?!\\.{1,2}$)[a-zA-Z0-9_.-]{1,15}"),
                    "a name of letters, digits, '_', '.' and '-', 15 at most",
                    "NAME"),
            "penstock0",
            Setting.Takes.INTERFACE,
            "Name of the tunnel's interface.");

    public static final Setting<Integer> PORT = new Setting<>(
            "port",
            new SettingType.Whole(0, 65_535, "PORT"),
            41_641,
            Setting.Takes.INTERFACE,
            "UDP port, which a firewall may open; another one is taken if it is in use (0: any).");

    public static final Setting<Boolean> PORT_MAPPING = new Setting<>(
            "port-mapping",
            new SettingType.Truth(),
            true,
            Setting.Takes.NOTHING,
            "Ask the router for a port that leads here (by PCP, NAT-PMP or UPnP).");

    public static final Setting<Integer> MTU = new Setting<>(
            "mtu",
            new SettingType.Mtu(),
            0,
            Setting.Takes.INTERFACE,
            "Longest packet in the tunnel, 80 bytes less than the path outside carries (0: what suits every path).");

    public static final Setting<Boolean> EPHEMERAL = new Setting<>(
            "ephemeral",
            new SettingType.Truth(),
            false,
            Setting.Takes.LOGIN,
            "Be forgotten by the coordinator soon after leaving.");

    /** All of them. */
    public static final List<Setting<?>> ALL = List.of(
            SERVER,
            SERVER_PIN,
            HOSTNAME,
            TAGS,
            LAN,
            ACCEPT_ROUTES,
            OFFER_EXIT_NODE,
            EXIT_NODE,
            EXIT_NODE_LAN,
            SNAT,
            CLAMP_MSS,
            MANAGE_SYSCTL,
            MANAGE_NFT,
            INTERFACE,
            PORT,
            PORT_MAPPING,
            MTU,
            EPHEMERAL);

    private static final int MAX_TYPOS = 3;

    private Settings() {}

    public static Optional<Setting<?>> find(String name) {
        return ALL.stream().filter(setting -> setting.name().equals(name)).findFirst();
    }

    /** What somebody could have meant who wrote a name that is none: the nearest, if it is near enough. */
    public static Optional<String> suggest(String name) {
        String plain = name.replaceAll("[_ ]", "-")
                .replaceAll("([a-z])([A-Z])", "$1-$2")
                .toLowerCase(Locale.ROOT);
        return ALL.stream()
                .map(Setting::name)
                .min(Comparator.comparingInt(known -> distance(plain, known)))
                .filter(known -> distance(plain, known) <= Math.min(MAX_TYPOS, known.length() / 2));
    }

    /** Letters to add, remove or change (Levenshtein). */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
