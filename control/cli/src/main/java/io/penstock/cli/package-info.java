/**
 * The command line, one class for each command. {@link io.penstock.cli.Main} finds them by ServiceLoader: a new command
 * implements {@link io.penstock.cli.Subcommand}, carries picocli's {@code @Command}, and has its line in
 * {@code META-INF/services/io.penstock.cli.Subcommand}.
 */
@NullMarked
package io.penstock.cli;

import org.jspecify.annotations.NullMarked;
