package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import java.time.Instant;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code penstock peers}: the other nodes, and how they are reached. */
@Command(
        name = "peers",
        description = "List the other nodes, and how each is reached.",
        mixinStandardHelpOptions = true,
        footer = {"", "'penstock ping NODE' measures a path; 'penstock peer' adds plain WireGuard peers."})
public final class PeersCommand implements Subcommand {
    @Mixin
    private NodeOptions options = new NodeOptions();

    public PeersCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        Daemon.Result status = options.daemon().ask(Daemon.request("status"));
        if (options.json()) {
            options.out().println(status.document());
        } else {
            StatusText.printPeers(status.value().items("peers"), Instant.now(), options.out());
        }
        return ExitCode.OK;
    }
}
