package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code penstock down}: leaves the network for now, and this host as it was. */
@Command(
        name = "down",
        description = "Leave the network, and set everything on this host back.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Interface, routes, rules, the nftables table and kernel settings are as they were before 'up'. The node stays registered, and its",
            "settings are kept: 'penstock up' brings it back. 'penstock logout' gives the registration up too.",
            "",
            "Exit codes: 0 done, 1 down but not all of this host could be put back, 3 penstockd is not running, 5 needs root."
        })
public final class DownCommand implements Subcommand {
    @Mixin
    private NodeOptions options = new NodeOptions();

    public DownCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        Daemon.Result status = options.daemon().ask(Daemon.request("down"));
        options.out().println(options.json() ? status.document() : "down; this host is as it was");
        return ExitCode.OK;
    }
}
