package io.penstock.cli;

import java.util.concurrent.Callable;

/** A command of {@code penstock}, found by ServiceLoader. {@code call} returns one of {@link ExitCode}. */
public interface Subcommand extends Callable<Integer> {}
