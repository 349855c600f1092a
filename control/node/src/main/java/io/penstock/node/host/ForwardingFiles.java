package io.penstock.node.host;

import io.penstock.node.host.HostItem.Forwarding;
import io.penstock.node.host.HostItem.Sysctl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The switch that makes a host a router. The kernel sets every link's own switch with it and, for IPv4, whether redirects are taken
 * (devinet.c, {@code inet_forward_change}; addrconf.c, {@code addrconf_fixup_forwarding}); so all of those are read, and put back.
 */
final class ForwardingFiles {
    private static final String REDIRECTS = "accept_redirects";
    private static final String ALL = "all";

    private ForwardingFiles() {}

    /** The host's own value, and behind it what the kernel would not make of it by itself. */
    static String read(boolean isV6) throws IOException {
        String own = SysctlFiles.read(key(isV6));
        if (own.isEmpty()) {
            return HostItem.ABSENT;
        }
        StringBuilder out = new StringBuilder(own);
        deviations(isV6, own)
                .forEach((name, value) ->
                        out.append(' ').append(name).append('=').append(value));
        return out.toString();
    }

    /** Sets the host's own value, then what deviates from it in {@code value}, and what somebody has made deviate meanwhile. */
    static void write(boolean isV6, String value) throws IOException {
        Map<String, String> deviations = deviations(isV6, SysctlFiles.read(key(isV6)));
        deviations.remove(REDIRECTS);
        SysctlFiles.write(key(isV6), Forwarding.ownPart(value));
        for (String word : List.of(value.split(" ")).subList(1, value.split(" ").length)) {
            int equals = word.lastIndexOf('=');
            deviations.put(word.substring(0, equals), word.substring(equals + 1));
        }
        for (Map.Entry<String, String> entry : deviations.entrySet()) {
            String key = entry.getKey().equals(REDIRECTS)
                    ? Sysctl.of(isV6, ALL, REDIRECTS).key()
                    : Sysctl.of(isV6, entry.getKey(), "forwarding").key();
            if (!SysctlFiles.read(key).isEmpty()) { // the link may be gone
                SysctlFiles.write(key, entry.getValue());
            }
        }
    }

    /** Links whose switch is another than the host's, and the key that is set besides, by name. */
    private static Map<String, String> deviations(boolean isV6, String own) throws IOException {
        Map<String, String> deviations = new LinkedHashMap<>();
        if (!isV6) {
            deviations.put(REDIRECTS, SysctlFiles.read("net.ipv4.conf.all.accept_redirects"));
        }
        for (String link : links(isV6)) {
            String value = SysctlFiles.read(Sysctl.of(isV6, link, "forwarding").key());
            if (!value.isEmpty() && !value.equals(own) && !link.equals(ALL)) {
                deviations.put(link, value);
            }
        }
        return deviations;
    }

    /** Names of links, and "default" and "all". */
    static List<String> links(boolean isV6) throws IOException {
        Path folder = Path.of("/proc/sys/net/" + (isV6 ? "ipv6" : "ipv4") + "/conf");
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static String key(boolean isV6) {
        return isV6 ? "net.ipv6.conf.all.forwarding" : "net.ipv4.ip_forward";
    }
}
