package io.penstock.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class ManPageTest {
    @Test
    void namesEveryCommandAndOptionThatHelpDoes() {
        CommandSpec root = Main.commandLine().getCommandSpec();
        String page = ManPage.of(root, "penstock", "1", List.of());

        int commands = check(root, page);

        assertTrue(commands > 30, () -> "only " + commands + " commands");
        assertFalse(page.contains("generate"), "what is hidden stays so");
        assertFalse(page.lines().anyMatch(String::isBlank), "roff wants requests and no empty lines");
    }

    private static int check(CommandSpec spec, String page) {
        int count = 1;
        if (spec.parent() != null) {
            String head = ".SS \"" + ManPage.escaped(spec.qualifiedName()) + ' ';
            assertTrue(page.contains(head), head);
        }
        for (OptionSpec option : spec.options()) {
            if (!option.hidden()) {
                assertTrue(page.contains(ManPage.escaped(option.longestName())), option::longestName);
                String text = ManPage.escaped(String.join(" ", option.description()));
                assertTrue(page.contains(text), text);
            }
        }
        for (CommandLine line : spec.subcommands().values()) {
            if (!line.getCommandSpec().usageMessage().hidden()) {
                count += check(line.getCommandSpec(), page);
            }
        }
        return count;
    }

    @Test
    void writesAPageForTheProgramAndOneForTheDaemon(@TempDir Path folder) throws Exception {
        String[] words = {"generate-man", folder.resolve("man").toString()};

        assertEquals(ExitCode.OK, Main.commandLine(words).execute(words));

        String daemon = Files.readString(folder.resolve("man/penstockd.8"));
        assertTrue(daemon.startsWith(".TH PENSTOCKD 8 "), daemon);
        assertTrue(daemon.contains("\\-\\-state"), daemon);
        assertTrue(Files.readString(folder.resolve("man/penstock.8")).contains(".SS \"penstock up "));
    }
}
