package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code penstock logout}: leaves the network for good. */
@Command(
        name = "logout",
        description = "Leave the network for good: the coordinator is told, and the node's key is destroyed.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "As 'penstock down', and then the registration ends. Settings stay; 'penstock up' makes a new key and logs in anew.",
            "",
            "Exit codes: 0 done, 1 done here but the coordinator did not hear of it, which still has the machine, 3 penstockd is not running, 5 needs root."
        })
public final class LogoutCommand implements Subcommand {
    @Mixin
    private NodeOptions options = new NodeOptions();

    public LogoutCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        Daemon.Result status = options.daemon().ask(Daemon.request("logout"));
        options.out().println(options.json() ? status.document() : "logged out");
        return ExitCode.OK;
    }
}
