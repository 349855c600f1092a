package io.penstock.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** Entry of the program: finds the command, runs it, ends with its exit code. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        WgRequest request = args.length > 0 && args[0].equals("wg") ? WgRequest.plain(args) : null;
        System.exit(request == null ? runCommand(args) : runInterface(request));
    }

    private static int runCommand(String[] args) {
        int status = commandLine(args).execute(args);
        // Print streams keep failures to themselves: a full disk would pass for success, with half a document.
        if (status == ExitCode.OK && System.out.checkError()) {
            System.err.println(
                    "penstock: standard output could not be written (a full disk, or a reader that is gone)");
            return ExitCode.FAILED;
        }
        return status;
    }

    private static int runInterface(WgRequest request) {
        try {
            return InterfaceProcess.run(request, WgEnvironment.of(System.getenv()));
        } catch (CommandFailure e) {
            System.err.println("penstock wg: " + e.getMessage());
            return ExitCode.FAILED;
        }
    }

    /**
     * The tree of commands: of it what these words name, or all of it if they name nothing. To look at every command costs more
     * than most of them.
     */
    static CommandLine commandLine(String... words) {
        CommandLine commandLine = new CommandLine(new Penstock());
        List<ServiceLoader.Provider<Subcommand>> all =
                ServiceLoader.load(Subcommand.class).stream().toList();
        List<ServiceLoader.Provider<Subcommand>> named = all.stream()
                .filter(provider -> words.length > 0 && nameOf(provider.type()).equals(words[0]))
                .toList();
        for (ServiceLoader.Provider<Subcommand> provider : named.isEmpty() ? all : named) {
            Subcommand subcommand = provider.get();
            CommandLine line = new CommandLine(subcommand);
            subcommand.addSubcommands(line, words.length > 1 ? words[1] : "");
            commandLine.addSubcommand(line);
        }
        CommandLine completion = new CommandLine(new GenerateCompletion());
        completion.getCommandSpec().usageMessage().hidden(true);
        commandLine.addSubcommand(completion);
        commandLine.addSubcommand(new GenerateManCommand());
        commandLine.setExpandAtFiles(false); // '@x' may be the name of an interface, and no file is read unasked
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setParameterExceptionHandler(Main::explainUsage);
        commandLine.setExecutionExceptionHandler((exception, line, parsed) -> explainFailure(exception, line));
        return commandLine;
    }

    private static String nameOf(Class<? extends Subcommand> type) {
        return Objects.requireNonNull(type.getAnnotation(Command.class), "a command has an annotation")
                .name();
    }

    private static int explainUsage(ParameterException exception, String[] args) {
        CommandLine failed = exception.getCommandLine();
        PrintWriter err = failed.getErr();
        err.println("penstock: " + exception.getMessage());
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(exception, err)) {
            err.println("Try '" + failed.getCommandSpec().qualifiedName() + " --help'.");
        }
        return ExitCode.USAGE;
    }

    private static int explainFailure(Exception exception, CommandLine line) {
        String name = line.getCommandSpec().qualifiedName();
        if (exception instanceof CommandFailure failure) {
            line.getErr().println(name + ": " + failure.getMessage());
            return failure.exitCode();
        }
        line.getErr().println(name + ": unexpected failure, please report it:");
        exception.printStackTrace(line.getErr());
        return ExitCode.FAILED;
    }
}
