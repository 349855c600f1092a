package io.penstock.cli.live;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A program that makes a WireGuard interface, in the background, when called with the name of the interface.
 *
 * @param name as the tests show it
 * @param command the words before options and the interface's name
 */
public record Program(String name, List<String> command) {
    public static final Program PENSTOCK =
            new Program("penstock", List.of(checkout().resolve("penstock").toString(), "wg"));
    public static final Program WIREGUARD_GO = new Program("wireguard-go", List.of("wireguard-go"));

    public Program {
        command = List.copyOf(command);
    }

    /** The program that is tested: ours, unless a doubtful test is to be tried on another one. */
    public static Program subject() {
        String name = System.getProperty("penstock.test.subject", "penstock");
        return name.equals("wireguard-go") ? WIREGUARD_GO : PENSTOCK;
    }

    /** Programs of one family, which would give up root after the start, and their interface with it. */
    private static final Set<String> GIVE_UP_ROOT = Set.of("boringtun-cli", "gotatun", "gotatun-cli", "neptun-cli");

    /** A program that is called like wireguard-go, or like boringtun if it is one of those. */
    public static Program of(Path executable) {
        String name = executable.getFileName().toString();
        String path = executable.toAbsolutePath().toString();
        return new Program(
                name, GIVE_UP_ROOT.contains(name) ? List.of(path, "--disable-drop-privileges") : List.of(path));
    }

    boolean isOurs() {
        return equals(PENSTOCK);
    }

    /** One word for {@code wg-quick}. */
    String wgQuickWord() {
        return isOurs() ? checkout().resolve("penstock-wg").toString() : command.get(0);
    }

    /**
     * Copies what was built to a folder that is no checkout, as an operator installs it.
     *
     * @return the command words there
     */
    public List<String> installInto(Path folder) {
        if (!isOurs()) {
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

    /** The folder that holds the project. */
    public static Path checkout() {
        return Path.of("").toAbsolutePath().resolve("../..").normalize();
    }
}
