package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.lab.JsonWriter;
import io.penstock.node.config.NodeConfig;
import io.penstock.node.config.Setting;
import io.penstock.node.config.SettingException;
import io.penstock.node.config.SettingType;
import io.penstock.node.config.Settings;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** A flag for each setting of the table, and settings as the daemon's API has them. */
final class SettingFlags {
    private SettingFlags() {}

    /** Gives a command all of them. */
    static void add(CommandSpec spec) {
        for (Setting<?> setting : Settings.ALL) {
            spec.addOption(flag(setting));
        }
    }

    private static OptionSpec flag(Setting<?> setting) {
        OptionSpec.Builder flag = OptionSpec.builder("--" + setting.name()).description(description(setting));
        return switch (setting.type().form()) {
            case TRUTH ->
                flag.type(Boolean.class)
                        .negatable(true)
                        .arity("0..1")
                        .fallbackValue("true")
                        .paramLabel("true|false")
                        .build();
            case LIST ->
                flag.type(List.class)
                        .auxiliaryTypes(String.class)
                        .arity("1..*")
                        .paramLabel(setting.type().label().replace(",...", "")) // picocli shows that there may be more
                        .build();
            case TEXT, NUMBER ->
                flag.type(String.class)
                        .arity("1")
                        .paramLabel(setting.type().label())
                        .build();
        };
    }

    private static <T> String description(Setting<T> setting) {
        String value = setting.type().format(setting.defaultValue());
        return setting.help() + (value.isEmpty() ? "" : " Default: " + value + ".");
    }

    /** What was given on the command line. */
    static NodeConfig given(CommandSpec spec) throws CommandFailure {
        NodeConfig config = NodeConfig.EMPTY;
        for (Setting<?> setting : Settings.ALL) {
            Object value = spec.findOption("--" + setting.name()).getValue();
            if (value != null) {
                config = with(config, setting, value instanceof List<?> words ? join(words) : value.toString());
            }
        }
        return config;
    }

    private static String join(List<?> words) {
        return String.join(",", words.stream().map(Object::toString).toList());
    }

    private static NodeConfig with(NodeConfig config, Setting<?> setting, String text) throws CommandFailure {
        try {
            return config.with(setting, text);
        } catch (SettingException e) {
            throw new CommandFailure("--" + e.reason(), ExitCode.USAGE);
        }
    }

    /** What the daemon's answer to {@code get} says. */
    static NodeConfig of(Reply preferences) throws CommandFailure {
        NodeConfig config = NodeConfig.EMPTY;
        for (Setting<?> setting : Settings.ALL) {
            Reply value = preferences.at(setting.field());
            if (value.isPresent()) {
                boolean isList = setting.type().form() == SettingType.Form.LIST;
                String text =
                        isList ? join(value.items().stream().map(Reply::text).toList()) : value.text();
                config = with(config, setting, text);
            }
        }
        return config;
    }

    /** Adds the member {@code changes} to a request. */
    static JsonWriter writeChanges(JsonWriter request, NodeConfig changes, boolean reset) {
        JsonWriter writer = request.name("changes").beginObject();
        writer.name("reset").value(reset);
        for (Setting<?> setting : changes.given()) {
            write(writer.name(setting.field()), changes, setting);
        }
        return writer.endObject();
    }

    private static <T> void write(JsonWriter writer, NodeConfig config, Setting<T> setting) {
        T value = config.get(setting);
        switch (value) {
            case Boolean truth -> writer.value(truth.booleanValue());
            case Integer number -> writer.value(number.longValue());
            case List<?> words -> {
                writer.beginArray();
                words.forEach(word -> writer.value(word.toString()));
                writer.endArray();
            }
            default -> writer.value(value.toString());
        }
    }

    /** As one would type it. */
    static String typed(NodeConfig config, Setting<?> setting) {
        String text = config.text(setting);
        return "--" + setting.name() + "=" + (text.matches("[A-Za-z0-9:/.,_|-]+") ? text : "'" + text + "'");
    }
}
