package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import io.penstock.lab.JsonWriter;
import io.penstock.node.config.ConfigFile;
import io.penstock.node.config.PresharedKey;
import io.penstock.node.config.WgQuick;
import io.penstock.node.config.WgQuickParser;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock peer}: plain WireGuard peers, which no coordinator knows. */
@Command(
        name = "peer",
        description = "Add, remove or export plain WireGuard peers, which no coordinator knows.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "  sudo penstock peer import wg0.conf               takes the [Peer]s of a file of wg-quick",
            "  penstock peer export --wg-quick laptop           prints the file for that peer's own wg-quick",
            "  sudo penstock peer remove laptop"
        })
public final class PeerCommand implements Subcommand {
    private static final int MAX_BYTES = 1 << 20;

    /** Of one request, about; the daemon reads 64 KiB. */
    private static final int PART_BYTES = 48 * 1024;

    private static final int PEER_BYTES = 512; // without its addresses
    private static final int PREFIX_BYTES = 64;
    private static final String NODE_KEY = "nodekey:";

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public PeerCommand() {}

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    @Command(
            name = "import",
            description = "Take the peers of a file of wg-quick; those with a key that is known are changed.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "A comment in front of a [Peer], or behind it, is its name. All peers of the file are taken or none; of more than some ninety the"
                        + " daemon takes a part at once, and what fails later says so. The file's [Interface] stays"
                        + " unused: this node has a key and addresses of its own, which 'peer export' tells the others."
            })
    int importFile(
            @Mixin NodeOptions options, @Parameters(paramLabel = "FILE", description = "Such as wg0.conf.") Path file)
            throws CommandFailure {
        WgQuick parsed = read(file);
        if (parsed.peers().isEmpty()) {
            throw new CommandFailure(file + " has no [Peer]");
        }
        Map<String, WgQuick.Peer> peers = new LinkedHashMap<>();
        Set<String> names = new LinkedHashSet<>();
        for (WgQuick.Peer peer : parsed.peers()) {
            checkEndpoint(peer);
            peers.put(unique(peer, names), peer);
        }
        boolean hasSecrets = peers.values().stream().anyMatch(peer -> peer.presharedKey() != null);
        if (hasSecrets && mayBeReadByOthers(file)) {
            options.err()
                    .println("others may read " + file + ", in which there are pre-shared keys: chmod 600 " + file);
        }
        Daemon.Result now = send(options.daemon(), file, peers);
        if (options.json()) {
            options.out().println(now.document());
        } else {
            options.out().println("took " + String.join(", ", names));
            if (parsed.hasPrivateKey() || !parsed.addresses().isEmpty()) {
                options.err()
                        .println(
                                "its [Interface] stays unused; 'penstock peer export --wg-quick NAME' prints what a peer needs of this node");
            }
        }
        return ExitCode.OK;
    }

    /** In as many requests as it takes; says what the last one came to. */
    private static Daemon.Result send(Daemon daemon, Path file, Map<String, WgQuick.Peer> peers) throws CommandFailure {
        Map<String, WgQuick.Peer> part = new LinkedHashMap<>();
        int partBytes = 0;
        int taken = 0;
        for (Map.Entry<String, WgQuick.Peer> peer : peers.entrySet()) {
            int bytes = PEER_BYTES + PREFIX_BYTES * peer.getValue().allowedIps().size();
            if (!part.isEmpty() && partBytes + bytes > PART_BYTES) {
                sendPart(daemon, file, part, taken);
                taken += part.size();
                part.clear();
                partBytes = 0;
            }
            part.put(peer.getKey(), peer.getValue());
            partBytes += bytes;
        }
        return sendPart(daemon, file, part, taken);
    }

    private static Daemon.Result sendPart(Daemon daemon, Path file, Map<String, WgQuick.Peer> part, int taken)
            throws CommandFailure {
        JsonWriter request = Daemon.request("import-peers").name("peers").beginArray();
        part.forEach((name, peer) -> write(request, peer, name));
        request.endArray().name("preshared_keys").beginObject();
        part.forEach((name, peer) -> {
            PresharedKey secret = peer.presharedKey();
            if (secret != null) {
                request.name(name).value(secret.base64());
            }
        });
        request.endObject();
        try {
            return daemon.ask(request);
        } catch (CommandFailure e) {
            if (taken == 0) {
                throw e;
            }
            throw new CommandFailure(
                    e.getMessage() + "\nThe first " + taken + " peers of " + file
                            + " were taken, the others not: mend that, and import the file again",
                    e.exitCode());
        }
    }

    private static boolean mayBeReadByOthers(Path file) {
        try {
            return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
        } catch (IOException | UnsupportedOperationException e) {
            return false; // of a pipe, say
        }
    }

    private static void write(JsonWriter request, WgQuick.Peer peer, String name) {
        request.beginObject().name("name").value(name);
        request.name("key").value(NODE_KEY + peer.key().toHex());
        request.name("allowed_ips").beginArray();
        peer.allowedIps().forEach(prefix -> request.value(prefix.toString()));
        request.endArray().name("endpoint");
        if (peer.endpoint() == null) {
            request.nullValue();
        } else {
            request.value(peer.endpoint());
        }
        request.name("keepalive_seconds").value(peer.keepaliveSeconds()).endObject();
    }

    /** The daemon looks no names up for peers that no coordinator tells it of. */
    private static void checkEndpoint(WgQuick.Peer peer) throws CommandFailure {
        try {
            if (peer.endpoint() != null) {
                Endpoint.parse(peer.endpoint());
            }
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("peer " + peer.key() + " has the Endpoint " + peer.endpoint()
                    + ", a name: a static peer here needs an address, or none if it calls first");
        }
    }

    /** A peer without a name is called by its key, of which eight digits are enough to tell. */
    private static String unique(WgQuick.Peer peer, Set<String> names) throws CommandFailure {
        String name = peer.name() == null ? "wg-" + peer.key().toHex().substring(0, 8) : peer.name();
        if (!names.add(name)) {
            throw new CommandFailure("two peers are called " + name + ": change the comment at one [Peer]");
        }
        return name;
    }

    private static WgQuick read(Path file) throws CommandFailure {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new CommandFailure(file + " is longer than " + MAX_BYTES + " bytes");
            }
            return WgQuickParser.parse(file.toString(), Files.readString(file, StandardCharsets.UTF_8));
        } catch (ConfigFile.InvalidException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()) + "\nNothing was changed.", ExitCode.USAGE);
        } catch (IOException e) {
            throw new CommandFailure(file + " cannot be read: " + e);
        }
    }

    @Command(name = "remove", description = "Forget a peer.", mixinStandardHelpOptions = true)
    int remove(
            @Mixin NodeOptions options, @Parameters(paramLabel = "PEER", description = "Its name or key.") String peer)
            throws CommandFailure {
        Daemon.Result now =
                options.daemon().ask(Daemon.request("remove-peer").name("peer").value(peer));
        options.out().println(options.json() ? now.document() : peer + " is removed");
        return ExitCode.OK;
    }

    @Command(
            name = "export",
            description = "Print the file by which a plain WireGuard peer reaches this node.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "No private key is in it: the peer makes its own, and its public key comes here by 'peer import'. The pre-shared key of a"
                        + " peer that has one is: it takes root then, and a place for the output that nobody else may read."
            })
    int export(
            @Mixin NodeOptions options,
            @Option(names = "--wg-quick", required = true, description = "As a file of wg-quick.") boolean wgQuick,
            @Option(
                            names = "--endpoint",
                            paramLabel = "HOST:PORT",
                            description =
                                    "How the peer reaches this node (default: the first endpoint that it knows of).")
                    @Nullable String endpoint,
            @Parameters(arity = "0..1", paramLabel = "PEER", description = "A static peer, for its addresses.")
                    @Nullable String peer)
            throws CommandFailure {
        Reply status = options.daemon().ask(Daemon.request("status")).value();
        Reply self = status.at("self");
        if (!self.isPresent()) {
            throw new CommandFailure(
                    "this node is not up, and has no addresses yet: penstock up", ExitCode.NOT_LOGGED_IN);
        }
        List<String> addresses = new ArrayList<>();
        PresharedKey secret = null;
        if (peer != null) {
            Reply there = staticPeer(status, peer);
            addresses.addAll(there.texts("overlay"));
            if (there.flag("has_preshared_key")) {
                secret = new PresharedKey(options.daemon()
                        .ask(Daemon.request("preshared-key").name("peer").value(peer))
                        .value()
                        .text("key"));
            }
        }
        List<Prefix> allowed = new ArrayList<>();
        self.texts("overlay").forEach(address -> allowed.add(host(address)));
        self.texts("lan").forEach(lan -> allowed.add(Prefix.parse(lan)));
        List<String> endpoints = self.texts("endpoints");
        String reached = endpoint != null ? endpoint : endpoints.isEmpty() ? null : endpoints.getFirst();
        String key = self.text("node_key");
        WgQuick file = new WgQuick(
                addresses,
                0,
                false,
                List.of(),
                List.of(new WgQuick.Peer(
                        self.text("name").toLowerCase(Locale.ROOT),
                        PublicKey.of(HexFormat.of().parseHex(key.substring(NODE_KEY.length()))),
                        allowed,
                        reached,
                        25,
                        secret)));
        options.out().print(file.write());
        options.out().flush(); // which a print without an end of line does not do
        return ExitCode.OK;
    }

    private static Reply staticPeer(Reply status, String name) throws CommandFailure {
        return status.items("peers").stream()
                .filter(peer -> peer.flag("is_static") && peer.text("name").equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new CommandFailure("there is no static peer '" + name + "'; 'penstock peers' lists them"));
    }

    private static Prefix host(String address) {
        return Prefix.parse(address + (address.indexOf(':') < 0 ? "/32" : "/128"));
    }
}
