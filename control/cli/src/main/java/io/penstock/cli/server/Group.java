package io.penstock.cli.server;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A noun of {@code penstock server}, whose verbs are its methods. */
abstract class Group implements Runnable {
    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    Group() {}

    @Override
    public final void run() {
        throw new ParameterException(spec.commandLine(), "a verb is missing");
    }
}
