package io.penstock.cli.live;

import java.nio.file.Path;
import java.util.List;

/** A program that makes a WireGuard interface, in the background, when called with the name of the interface. */
enum Program {
    PENSTOCK(checkout().resolve("penstock").toString(), "wg"),
    WIREGUARD_GO("wireguard-go");

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> command;

    Program(String... command) {
        this.command = List.of(command);
    }

    /** The program that is tested: ours, unless a doubtful test is to be tried on another one. */
    static Program subject() {
        String name = System.getProperty("penstock.test.subject", "penstock");
        return name.equals("wireguard-go") ? WIREGUARD_GO : PENSTOCK;
    }

    /** The command words, before options and the interface's name. */
    List<String> command() {
        return command;
    }

    /** One word for {@code wg-quick}. */
    String wgQuickWord() {
        return this == PENSTOCK ? checkout().resolve("penstock-wg").toString() : command.get(0);
    }

    /**
     * Copies what was built to a folder that is no checkout, as an operator installs it.
     *
     * @return the command words there
     */
    List<String> installInto(Path folder) {
        if (this != PENSTOCK) {
            return command;
        }
        Shell.need("cp", "-r", checkout().resolve("launch").toString(), command.get(0), folder.toString());
        Shell.need(
                "cp",
                "-r",
                checkout().resolve("control/cli/target/dist").toString(),
                folder.resolve("lib").toString());
        return List.of(folder.resolve("penstock").toString(), "wg");
    }

    private static Path checkout() {
        return Path.of("").toAbsolutePath().resolve("../..").normalize();
    }
}
