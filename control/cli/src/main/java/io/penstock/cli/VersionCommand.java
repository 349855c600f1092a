package io.penstock.cli;

import io.penstock.engine.aead.AeadEngines;
import io.penstock.lab.JsonWriter;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock version}: what a bug report has to name. */
@Command(
        name = "version",
        description = "Show the version of the program, of the JVM, and the ciphers it found.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Text.class)
public final class VersionCommand implements Subcommand {
    private static final int SCHEMA = 1;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public VersionCommand() {}

    @Override
    public Integer call() {
        Build build = Build.read();
        List<String> engines = AeadEngines.available();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(json(build, engines));
        } else {
            out.println("penstock " + build.version() + " (commit " + build.commit() + ")");
            out.println("java     " + Runtime.version() + ", " + jvm());
            out.println("os       " + os());
            out.println("aead     " + String.join(", ", engines));
        }
        return ExitCode.OK;
    }

    private static String json(Build build, List<String> engines) {
        JsonWriter writer = new JsonWriter().beginObject();
        writer.name("schema").value(SCHEMA);
        writer.name("version").value(build.version());
        writer.name("commit").value(build.commit());
        writer.name("java").value(Runtime.version().toString());
        writer.name("jvm").value(jvm());
        writer.name("os").value(os());
        writer.name("aead").beginArray();
        engines.forEach(writer::value);
        return writer.endArray().endObject().document();
    }

    private static String jvm() {
        return System.getProperty("java.vm.name") + ", " + System.getProperty("java.vm.vendor");
    }

    private static String os() {
        return System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch");
    }

    /** For {@code --version}. */
    public static final class Text implements IVersionProvider {
        @Override
        public String[] getVersion() {
            Build build = Build.read();
            return new String[] {"penstock " + build.version() + " (commit " + build.commit() + ")"};
        }
    }
}
