package io.penstock.cli;

import io.penstock.engine.aead.EngineUnavailableException;
import io.penstock.lab.JsonWriter;
import io.penstock.lab.cipher.CipherReport;
import io.penstock.lab.cipher.CipherTiming;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock speed aead}: the cipher engines of this machine, measured. */
@Command(
        name = "aead",
        description = "Measure the cipher engines of this machine, on one core, in a few seconds.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Text.class,
        footer = {
            "",
            "Times are the cipher's alone: no packet is read, routed or sent. Other work on the machine makes them longer; the"
                    + " fastest round suffers least from that."
        })
public final class AeadSpeedCommand implements Subcommand {
    private static final int SCHEMA = 1;

    @Option(names = "--json", description = "Print one JSON document and nothing else.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public AeadSpeedCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        CipherReport report;
        try {
            report = CipherTiming.run(CipherTiming.Effort.USUAL);
        } catch (EngineUnavailableException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(json ? document(report) : report.text());
        out.flush();
        return ExitCode.OK;
    }

    private static String document(CipherReport report) {
        JsonWriter writer = new JsonWriter().beginObject();
        writer.name("schema").value(SCHEMA);
        writer.name("version").value(Build.read().version());
        report.writeMembers(writer);
        return writer.endObject().document();
    }
}
