package io.penstock.lab.demo;

import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import io.penstock.ffm.netlink.Routes;
import io.penstock.ffm.netlink.Rtnetlink;
import io.penstock.ffm.netns.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a demo must leave as it was. */
record MachineSnapshot(
        List<String> namespaces,
        List<String> links,
        List<String> routes,
        List<String> sockets,
        List<String> state,
        String forwarding) {
    static MachineSnapshot take(Path stateDirectory) throws IOException {
        try (Netlink netlink = Netlink.open()) {
            return new MachineSnapshot(
                    NetworkNamespace.list(),
                    new Links(netlink).list().stream().map(Object::toString).toList(),
                    new Routes(netlink)
                            .list(Rtnetlink.RT_TABLE_MAIN).stream()
                                    .map(Object::toString)
                                    .toList(),
                    names(Path.of("/var/run/wireguard")),
                    names(stateDirectory),
                    Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward")));
        }
    }

    /** True if this has nothing new and the machine's own network is the same. */
    boolean addsNothingTo(MachineSnapshot before) {
        return before.namespaces.containsAll(namespaces)
                && before.sockets.containsAll(sockets)
                && before.links.equals(links)
                && before.routes.equals(routes)
                && before.state.equals(state)
                && before.forwarding.equals(forwarding);
    }

    private static List<String> names(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(Path::toString).sorted().toList();
        }
    }
}
