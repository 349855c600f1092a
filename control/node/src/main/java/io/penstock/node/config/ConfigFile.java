package io.penstock.node.config;

import io.penstock.protocol.hujson.Finding;
import io.penstock.protocol.hujson.Hujson;
import io.penstock.protocol.hujson.HujsonValue;
import io.penstock.protocol.hujson.Location;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code penstock.conf}: one object, in it a value for each setting that is to be as the file says, with comments and trailing
 * commas as one likes. Immutable.
 *
 * @param config what it says
 * @param places where it says it
 */
public record ConfigFile(NodeConfig config, Map<Setting<?>, Location> places) {
    public static final Path DEFAULT_PATH = Path.of("/etc/penstock/penstock.conf");

    private static final int MAX_BYTES = 1 << 20;
    private static final ConfigFile NONE = new ConfigFile(NodeConfig.EMPTY, Map.of());

    /** A file that says nothing that could be done; each finding with its place. */
    public static final class InvalidException extends Exception {
        private static final long serialVersionUID = 1L;

        InvalidException(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * Reads the file; one that is not there says nothing.
     *
     * @throws InvalidException if anything about it is wrong: then nothing of it counts
     */
    public static ConfigFile read(Path path) throws InvalidException {
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new InvalidException(path + ": longer than " + MAX_BYTES + " bytes");
            }
            return parse(path.toString(), Files.readString(path, StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return NONE;
        } catch (CharacterCodingException e) {
            throw new InvalidException(path + ": not UTF-8 text");
        } catch (IOException e) {
            throw new InvalidException(path + ": cannot be read: " + e.getMessage());
        }
    }

    /**
     * Reads its text.
     *
     * @param name of the file, for messages
     * @throws InvalidException with a line for each finding, such as {@code penstock.conf:3:5: ...}
     */
    public static ConfigFile parse(String name, String text) throws InvalidException {
        HujsonValue value;
        try {
            value = Hujson.parse(text);
        } catch (Hujson.SyntaxException e) {
            throw new InvalidException(name + ":" + e.finding());
        }
        List<Finding> findings = new ArrayList<>();
        ConfigFile file = of(value, findings);
        if (!findings.isEmpty()) {
            throw new InvalidException(String.join(
                    "\n", findings.stream().map(finding -> name + ":" + finding).toList()));
        }
        return file;
    }

    private static ConfigFile of(HujsonValue value, List<Finding> findings) {
        if (!(value instanceof HujsonValue.Struct struct)) {
            findings.add(new Finding(value.location(), "the file is one object: { \"setting\": value, ... }"));
            return NONE;
        }
        NodeConfig config = NodeConfig.EMPTY;
        Map<Setting<?>, Location> places = new HashMap<>();
        for (Map.Entry<HujsonValue.Text, HujsonValue> member : struct.members().entrySet()) {
            HujsonValue.Text key = member.getKey();
            Setting<?> setting = Settings.find(key.value()).orElse(null);
            if (setting == null) {
                findings.add(new Finding(key.location(), unknown(key.value())));
                continue;
            }
            try {
                config = config.with(setting, text(setting, member.getValue()));
                places.put(setting, key.location());
            } catch (SettingException e) {
                findings.add(new Finding(member.getValue().location(), e.reason()));
            }
        }
        return new ConfigFile(config, Collections.unmodifiableMap(places));
    }

    private static String unknown(String key) {
        String suggestion = Settings.suggest(key)
                .map(name -> "; did you mean '" + name + "'?")
                .orElse("; 'penstock get' lists them");
        return "unknown setting '" + key + "'" + suggestion;
    }

    /** A value in the form that the setting has in JSON, as its type reads it. */
    private static String text(Setting<?> setting, HujsonValue value) throws SettingException {
        SettingType.Form form = setting.type().form();
        return switch (value) {
            case HujsonValue.Text text
            when form == SettingType.Form.TEXT || form == SettingType.Form.LIST -> text.value();
            case HujsonValue.Other other when isOf(form, other.text()) -> other.text();
            case HujsonValue.Array array
            when form == SettingType.Form.LIST -> {
                List<String> words = new ArrayList<>();
                for (HujsonValue element : array.elements()) {
                    if (!(element instanceof HujsonValue.Text word)
                            || word.value().contains(",")) {
                        throw new SettingException(
                                setting + ": at " + element.location() + ": the list is of texts, one for each");
                    }
                    words.add(word.value());
                }
                yield String.join(",", words);
            }
            default ->
                throw new SettingException(setting + ": it is "
                        + switch (form) {
                            case TRUTH -> "true or false";
                            case NUMBER -> "a number";
                            case TEXT -> "a text";
                            case LIST -> "a list of texts";
                        }
                        + ", as in \"" + setting + "\": " + json(setting));
        };
    }

    private static boolean isOf(SettingType.Form form, String text) {
        boolean isTruth = text.equals("true") || text.equals("false");
        return switch (form) {
            case TRUTH -> isTruth;
            case NUMBER -> !isTruth && !text.equals("null");
            case TEXT, LIST -> false;
        };
    }

    private static <T> String json(Setting<T> setting) {
        String value = setting.type().format(setting.defaultValue());
        return switch (setting.type().form()) {
            case TRUTH, NUMBER -> value;
            case TEXT -> "\"" + value + "\"";
            case LIST -> value.isEmpty() ? "[]" : "[\"" + value + "\"]";
        };
    }
}
