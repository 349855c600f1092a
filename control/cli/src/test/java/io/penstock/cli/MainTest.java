package io.penstock.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void helpNamesEveryCommand() {
        assertEquals(ExitCode.OK, run("--help"));
        Map<String, CommandLine> commands = Main.commandLine().getSubcommands();
        assertTrue(commands.keySet().containsAll(Set.of("wg", "version")));
        for (String command : commands.keySet()) {
            assertEquals(!command.startsWith("generate-"), out.toString().contains("\n  " + command), command);
        }
    }

    @Test
    void everyCommandExplainsItself() {
        for (String command : Main.commandLine().getSubcommands().keySet()) {
            assertEquals(ExitCode.OK, run(command, "--help"), command);
            assertTrue(out.toString().contains("Usage: penstock " + command), out.toString());
        }
        assertEquals("", err.toString());
    }

    @Test
    void everyVerbOfTheServerExplainsItself() {
        CommandLine server = server();
        int verbs = 0;
        for (var noun : server.getSubcommands().entrySet()) {
            for (String verb : noun.getValue().getSubcommands().keySet()) {
                assertEquals(ExitCode.OK, run("server", noun.getKey(), verb, "--help"), verb);
                assertTrue(
                        out.toString().contains("Usage: penstock server " + noun.getKey() + " " + verb),
                        out.toString());
                verbs++;
            }
        }
        assertTrue(verbs > 20, "found " + verbs);
        assertEquals("", err.toString());
    }

    /** What a command takes to start does not grow with the number of the others. */
    @Test
    void looksOnlyAtTheCommandThatIsNamed() {
        CommandLine named = Main.commandLine("server", "keys", "list");
        assertEquals(
                Set.of("server", "generate-completion", "generate-man"),
                named.getSubcommands().keySet());
        assertEquals(
                Set.of("keys"),
                server("server", "keys", "list").getSubcommands().keySet());
        assertEquals(
                Main.commandLine().getSubcommands().keySet(),
                Main.commandLine("srever").getSubcommands().keySet());
        assertTrue(server("server", "kyes").getSubcommands().containsKey("keys"));
    }

    private static CommandLine server(String... words) {
        return Objects.requireNonNull(
                Main.commandLine(words).getSubcommands().get("server"), "there is a command server");
    }

    @Test
    void aNounWithoutAVerbIsAUsageError() {
        assertEquals(ExitCode.USAGE, run("server"));
        assertEquals(ExitCode.USAGE, run("server", "keys"));
        assertEquals(ExitCode.USAGE, run("server", "keys", "create", "--expires", "soon"));
        assertTrue(err.toString().contains("30m, 12h or 90d"), err.toString());
    }

    @Test
    void helpHasNoColoursWhenItIsPiped() {
        run("--help");
        run("wg", "--help");
        assertFalse(out.toString().contains("\u001b"));
    }

    @Test
    void callsAMissingOrUnknownCommandAUsageError() {
        assertEquals(ExitCode.USAGE, run());
        assertEquals(ExitCode.USAGE, run("nonsense"));
        assertEquals(ExitCode.USAGE, run("wg"));
        assertEquals(ExitCode.USAGE, run("wg", "a", "b"));
        assertEquals(ExitCode.USAGE, run("version", "--no-such-option"));
        assertEquals("", out.toString());
        assertTrue(err.toString().contains("Try 'penstock --help'."));
        assertTrue(err.toString().contains("Try 'penstock wg --help'."));
    }

    @Test
    void explainsAFailureInOneLine() {
        assertEquals(ExitCode.FAILED, run("wg", "--aead=jce", "much-too-long-name"));
        assertEquals("penstock wg: interface name 'much-too-long-name' is longer than 15 bytes\n", err.toString());
    }

    @Test
    void readsNoFileForAnArgument(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("arguments"), "version");
        assertEquals(ExitCode.USAGE, run("@" + file));
        assertTrue(err.toString().contains("@" + file), err.toString());
        assertEquals("", out.toString());
    }

    @Test
    void showsTheVersion() {
        assertEquals(ExitCode.OK, run("version"));
        assertTrue(out.toString().startsWith("penstock "), out.toString());
        assertTrue(out.toString().contains(Runtime.version().toString()));
    }

    @Test
    void showsTheVersionAsJson() {
        assertEquals(ExitCode.OK, run("version", "--json"));
        String json = out.toString().strip();
        assertTrue(json.startsWith("{") && json.endsWith("}"), json);
        for (String key : new String[] {"schema", "version", "commit", "java", "jvm", "os", "aead"}) {
            assertTrue(json.contains("\"" + key + "\":"), json);
        }
    }

    @Test
    void writesCompletions() {
        assertEquals(ExitCode.OK, run("generate-completion"));
        assertTrue(out.toString().contains("complete -F _complete_penstock"));
        assertTrue(out.toString().contains("wg"));
    }

    private int run(String... args) {
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }
}
