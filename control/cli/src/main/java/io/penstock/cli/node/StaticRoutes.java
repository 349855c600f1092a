package io.penstock.cli.node;

import io.penstock.wireguard.IpText;
import io.penstock.wireguard.route.Prefix;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the router of a network behind this gateway has to be told, so that its hosts find the others. */
final class StaticRoutes {
    private static final Prefix OVERLAY = Prefix.parse("100.64.0.0/10");
    private static final int OVERLAY_V6_LENGTH = 48;

    private StaticRoutes() {}

    /**
     * The lines, none if this node serves no network.
     *
     * @param status of the daemon
     * @param own addresses of this host
     */
    static List<String> lines(Reply status, List<String> own, Router router) {
        List<String> lines = new ArrayList<>();
        List<Prefix> lans = status.at("self").texts("lan").stream()
                .map(Prefix::parse)
                .filter(lan -> lan.length() > 0)
                .toList(); // beside an exit node nobody has to know
        Set<Prefix> wanted = destinations(status);
        for (Prefix lan : lans) {
            String via = addressIn(lan, own);
            for (Prefix prefix : wanted) {
                if (prefix.isV6() == lan.isV6() && !lans.contains(prefix)) {
                    lines.add(router.route(prefix, via == null ? "(this gateway's address in " + lan + ")" : via));
                }
            }
        }
        return lines;
    }

    /** Routes that are in force, and the network's own range, from which nodes that are no gateways come. */
    private static Set<Prefix> destinations(Reply status) {
        Set<Prefix> wanted = new LinkedHashSet<>();
        for (Reply route : status.items("routes")) {
            Prefix prefix = Prefix.parse(route.text("prefix"));
            if (route.text("state").equals("active") && prefix.length() > 0) {
                wanted.add(prefix);
            }
        }
        for (String address : status.at("self").texts("overlay")) {
            Prefix host = host(address);
            if (host.isV6()) {
                wanted.add(Prefix.v6(host.high(), host.low(), OVERLAY_V6_LENGTH));
            } else if (OVERLAY.contains4((int) host.low())) {
                wanted.add(OVERLAY);
            }
        }
        return wanted;
    }

    private static @Nullable String addressIn(Prefix lan, List<String> own) {
        for (String address : own) {
            Prefix host = host(address);
            boolean isIn = lan.isV6() ? lan.contains6(host.high(), host.low()) : lan.contains4((int) host.low());
            if (host.isV6() == lan.isV6() && isIn) {
                return address;
            }
        }
        return null;
    }

    private static Prefix host(String address) {
        String text = address.indexOf('/') < 0 ? address : address.substring(0, address.indexOf('/'));
        return Prefix.parse(text + (text.indexOf(':') < 0 ? "/32" : "/128"));
    }

    /** Addresses of this host, as text. */
    static List<String> ownAddresses() {
        List<String> addresses = new ArrayList<>();
        try {
            NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .map(StaticRoutes::text)
                    .forEach(addresses::add);
        } catch (SocketException e) {
            addresses.clear(); // the lines then say what to put there
        }
        return addresses;
    }

    private static String text(InetAddress address) {
        StringBuilder out = new StringBuilder();
        byte[] bytes = address.getAddress();
        long high = 0;
        long low = 0;
        for (int i = 0; i < bytes.length; i++) {
            high = bytes.length > 4 && i < 8 ? (high << 8) | (bytes[i] & 0xff) : high;
            low = bytes.length == 4 || i >= 8 ? (low << 8) | (bytes[i] & 0xff) : low;
        }
        if (bytes.length == 4) {
            IpText.append4(out, (int) low);
        } else {
            IpText.append6(out, high, low);
        }
        return out.toString();
    }
}
