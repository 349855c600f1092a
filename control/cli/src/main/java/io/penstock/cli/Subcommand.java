package io.penstock.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;

/** A command of {@code penstock}, found by ServiceLoader. {@code call} returns one of {@link ExitCode}. */
public interface Subcommand extends Callable<Integer> {
    /**
     * Adds the commands below this one that its annotation does not name.
     *
     * @param word that follows it; if it names one of them, the others need not be added
     */
    default void addSubcommands(CommandLine self, String word) {}
}
