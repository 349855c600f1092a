package io.penstock.cli;

import io.penstock.engine.Parallelism;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code penstock wg}: one WireGuard interface that {@code wg} and {@code wg-quick} drive. */
@Command(
        name = "wg",
        description = "Make a WireGuard interface, to be configured by wg(8) or wg-quick(8).",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Text.class,
        footer = {
            "",
            "The command returns when the interface exists and its control socket answers; the interface stays until its device"
                    + " or its socket in /var/run/wireguard is removed.",
            "",
            "Environment: LOG_LEVEL (verbose, debug, error, silent), WG_PROCESS_FOREGROUND=1, WG_TUN_FD, WG_UAPI_FD,"
                    + " all as wireguard-go knows them.",
            "",
            "wg-quick uses it with WG_QUICK_USERSPACE_IMPLEMENTATION=penstock-wg."
        })
public final class WgCommand implements Subcommand {
    @Parameters(paramLabel = "IFNAME", description = "Name of the interface, up to 15 bytes.")
    private String interfaceName = "";

    @Option(
            names = {"-f", "--foreground"},
            description = "Stay in the foreground.")
    @SuppressWarnings("UnusedVariable") // the launcher reads it: Java itself always stays in the foreground
    private boolean foreground;

    @Option(
            names = "--aead",
            paramLabel = "NAME",
            description = "Cipher engine, instead of the best that works; 'penstock version' lists them.")
    private @Nullable String aead;

    @Option(
            names = "--lanes",
            paramLabel = "N",
            description = "Queues of the device, each with a thread that sends what it brings; 1 unless told.")
    private @Nullable Integer lanes;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description =
                    "Threads that encrypt and decrypt when a lane has a backlog; by the number of cores unless told.")
    private @Nullable Integer workers;

    @Override
    public Integer call() throws CommandFailure {
        return InterfaceProcess.run(
                new WgRequest(interfaceName, aead, parallelism()), WgEnvironment.of(System.getenv()));
    }

    private Parallelism parallelism() throws CommandFailure {
        Parallelism usual = Parallelism.of(Runtime.getRuntime().availableProcessors());
        try {
            return new Parallelism(lanes == null ? usual.lanes() : lanes, workers == null ? usual.workers() : workers);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("--" + e.getMessage());
        }
    }
}
