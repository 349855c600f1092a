package io.penstock.cli;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** A manual page in the macros of man(7), out of what {@code --help} is made of, so that the two never differ. For one page. */
final class ManPage {
    private static final int SECTION = 8;

    private final StringBuilder out = new StringBuilder();

    private ManPage() {}

    /**
     * Writes it.
     *
     * @param top the command that the page is about, with all below it that are not hidden
     * @param name of the page
     * @param others pages of the same section, to see also
     */
    static String of(CommandSpec top, String name, String version, List<String> others) {
        ManPage page = new ManPage();
        page.line(".TH " + name.toUpperCase(Locale.ROOT) + ' ' + SECTION + " \"\" \"Penstock " + version + '"');
        page.line(".SH NAME");
        page.text(name + " \\- " + escaped(first(top)));
        page.line(".SH SYNOPSIS");
        page.line(".B " + escaped(top.qualifiedName()));
        page.text(escaped(synopsis(top)));
        page.line(".SH DESCRIPTION");
        page.body(top);
        List<CommandSpec> below = below(top);
        if (!below.isEmpty()) {
            page.line(".SH COMMANDS");
            below.forEach(page::command);
        }
        page.line(".SH SEE ALSO");
        List<String> references = new ArrayList<>(others);
        references.forEach(other -> page.text(".BR " + other + " (" + SECTION + "),"));
        page.text(".BR wg (" + SECTION + "),");
        page.text(".BR ip (" + SECTION + ')');
        return page.out.toString();
    }

    private static List<CommandSpec> below(CommandSpec top) {
        List<CommandSpec> below = new ArrayList<>();
        Set<CommandSpec> seen = new HashSet<>(); // one with an alias is there twice
        for (CommandLine line : top.subcommands().values()) {
            CommandSpec spec = line.getCommandSpec();
            if (!spec.usageMessage().hidden() && seen.add(spec)) {
                below.add(spec);
                below.addAll(below(spec));
            }
        }
        return below;
    }

    private void command(CommandSpec spec) {
        line(".SS " + quoted(spec.qualifiedName() + ' ' + synopsis(spec)));
        body(spec);
    }

    private void body(CommandSpec spec) {
        for (String paragraph : spec.usageMessage().description()) {
            text(escaped(paragraph));
        }
        Help help = new Help(spec, Help.defaultColorScheme(Ansi.OFF));
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            if (!parameter.hidden()) {
                argument("", label(help, parameter), parameter);
            }
        }
        for (OptionSpec option : spec.options()) {
            if (!option.hidden()) {
                argument(String.join(", ", option.names()), label(help, option), option);
            }
        }
        footer(spec);
    }

    private static String label(Help help, ArgSpec argument) {
        return help.parameterLabelRenderer()
                .renderParameterLabel(argument, Ansi.OFF, List.of())
                .toString()
                .strip();
    }

    private void argument(String names, String label, ArgSpec argument) {
        line(".TP");
        String separator =
                names.isEmpty() || label.isEmpty() || label.startsWith("=") || label.startsWith("[=") ? "" : " ";
        line("\\fB" + escaped(names) + "\\fR" + escaped(separator) + "\\fI" + escaped(label) + "\\fR");
        text(escaped(String.join(" ", argument.description())));
    }

    /** Lines that begin with blanks are examples, and stay lines. */
    private void footer(CommandSpec spec) {
        for (String line : spec.usageMessage().footer()) {
            if (line.isBlank()) {
                continue;
            }
            if (line.startsWith(" ")) {
                line(".PP");
                line(".nf");
                text(escaped(line));
                line(".fi");
            } else {
                line(".PP");
                text(escaped(line));
            }
        }
    }

    private static String synopsis(CommandSpec spec) {
        String words = spec.subcommands().isEmpty() ? "[OPTION...]" : "COMMAND [OPTION...]";
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            words += ' ' + (parameter.arity().min() == 0 ? "[" + parameter.paramLabel() + ']' : parameter.paramLabel());
        }
        return words;
    }

    private static String first(CommandSpec spec) {
        String[] description = spec.usageMessage().description();
        String text = description.length == 0 ? "" : description[0];
        String plain = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        return plain.isEmpty() ? plain : plain.substring(0, 1).toLowerCase(Locale.ROOT) + plain.substring(1);
    }

    private static String quoted(String text) {
        return '"' + escaped(text).replace("\"", "\\(dq") + '"';
    }

    /** As text that means nothing else to roff: no escape, and dashes that can be copied into a terminal. */
    static String escaped(String text) {
        return text.replace("\\", "\\e")
                .replace("-", "\\-")
                .replace("'", "\\(aq")
                .replace("`", "\\(ga");
    }

    private void line(String line) {
        out.append(line).append('\n');
    }

    /** A line that is no request, whatever it begins with; but for those that are meant to be one. */
    private void text(String text) {
        boolean isRequest = text.startsWith(".BR ");
        line(!isRequest && text.startsWith(".") ? "\\&" + text : text);
    }
}
