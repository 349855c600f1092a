package io.penstock.cli.live.node;

import io.penstock.cli.live.CoordinatorProgram;
import io.penstock.cli.live.Site;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What lies between gateways: a switch on which everybody has an address, and a coordinator at one of them. */
final class Internet implements AutoCloseable {
    static final String NETWORK = "172.31.0.";
    private static final String COORDINATOR = NETWORK + "254";
    private static final int PORT = 8480;
    private static final String BRIDGE = "switch";
    private static final Path LONG_CABLE =
            Path.of("src/test/python/long_cable.py").toAbsolutePath();

    private CoordinatorProgram coordinator;
    private final Site site = Site.make("internet");
    private final Path folder;
    private final String[] options;
    private final List<Gateway> gateways = new ArrayList<>();

    /**
     * Starts the coordinator.
     *
     * @param folder for the state of everybody
     * @param policy in force before the first node comes
     * @param options more of the coordinator
     */
    Internet(Path folder, String policy, String... options) throws IOException {
        this.folder = folder;
        this.options = options.clone();
        site.ip("link add " + BRIDGE + " type bridge");
        site.ip("addr add " + COORDINATOR + "/24 dev " + BRIDGE);
        site.ip("link set " + BRIDGE + " up");
        coordinator = startCoordinator();
        policy(policy);
    }

    private CoordinatorProgram startCoordinator() throws IOException {
        return CoordinatorProgram.startIn(site, folder.resolve("coordinator"), COORDINATOR + ":" + PORT, options);
    }

    CoordinatorProgram coordinator() {
        return coordinator;
    }

    /** Starts the coordinator again, after it was killed. */
    void restartCoordinator() throws IOException {
        coordinator = startCoordinator();
    }

    /** Puts a policy into force. */
    void policy(String hujson) throws IOException {
        Path file = Files.writeString(folder.resolve("policy.hujson"), hujson);
        coordinator.need("policy", "set", file.toString());
    }

    /** A gateway that is plugged in, with its daemon, not joined yet. Its address here ends in that number. */
    Gateway gateway(String name, int number) throws IOException {
        Gateway gateway = new Gateway(this, name, folder.resolve(name));
        gateways.add(gateway);
        plug(gateway.site, name, number);
        gateway.start();
        return gateway;
    }

    /** A relay at the switch itself, with these ports; everybody reaches it, by UDP too. */
    RelayProgram relay(String name, int port, int stunPort) throws IOException {
        return RelayProgram.start(site, folder.resolve("relay-" + name), COORDINATOR, port, stunPort);
    }

    /** A host without a daemon. */
    Site host(String name, int number) {
        Site host = Site.make(name);
        plug(host, name, number);
        return host;
    }

    private void plug(Site other, String name, int number) {
        site.ip("link add to-" + name + " type veth peer name outside netns " + other.name());
        site.ip("link set to-" + name + " master " + BRIDGE + " up");
        other.ip("addr add " + NETWORK + number + "/24 dev outside");
        other.ip("link set outside up");
        other.ip("route add default via " + COORDINATOR);
    }

    /** Has the switch drop UDP between those who are plugged in; not to and from the coordinator, which is at the switch itself. */
    void blockUdp() {
        site.need("nft", "add table bridge block");
        site.need("nft", "add chain bridge block forward { type filter hook forward priority 0; }");
        site.need("nft", "add rule bridge block forward meta l4proto udp drop");
    }

    void allowUdp() {
        site.need("nft", "delete table bridge block");
    }

    /** Puts a cable that takes its time, each way, between a gateway and the switch. */
    void stretch(Gateway gateway, int delayMs) throws IOException {
        String plug = "to-" + gateway.name;
        site.ip("link set " + plug + " nomaster");
        site.ip("link add cable type veth peer name cable-end");
        site.ip("link set cable master " + BRIDGE + " up");
        site.ip("link set cable-end up");
        for (String link : List.of(plug, "cable", "cable-end")) {
            site.need("ethtool", "-K", link, "tx", "off", "gso", "off", "tso", "off", "gro", "off");
        }
        gateway.site.need("ethtool", "-K", "outside", "tx", "off", "gso", "off", "tso", "off", "gro", "off");
        List<String> program = List.of("python3", LONG_CABLE.toString(), plug, "cable-end", "" + delayMs);
        Process process = new ProcessBuilder(site.inside(program))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader()) {
            if (!"works".equals(out.readLine())) {
                throw new AssertionError("the long cable does not work");
            }
        }
    }

    /** A key that lets nodes in, in a file; with that tag. */
    Path authKey(String tag) throws IOException {
        Path file = folder.resolve("key-" + tag.replace(':', '-'));
        if (!Files.exists(file)) {
            Files.writeString(file, coordinator.need("keys", "create", "--reusable", "--tags", tag, "--quiet"));
        }
        return file;
    }

    @Override
    public void close() throws IOException {
        try {
            gateways.forEach(Gateway::close);
        } finally {
            coordinator.close();
            site.close();
        }
    }
}
