package io.penstock.node.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Values of some settings; the others have their default. Immutable. */
public final class NodeConfig {
    public static final NodeConfig EMPTY = new NodeConfig(Map.of());

    private final Map<Setting<?>, Object> values; // INVARIANT: a value is of its setting's type

    private NodeConfig(Map<Setting<?>, Object> values) {
        this.values = values;
    }

    @SuppressWarnings("unchecked") // by the invariant
    public <T> T get(Setting<T> setting) {
        Object value = values.get(setting);
        return value == null ? setting.defaultValue() : (T) value;
    }

    /** As the setting's type writes it. */
    public <T> String text(Setting<T> setting) {
        return setting.type().format(get(setting));
    }

    /** Whether it was given a value, the default perhaps. */
    public boolean has(Setting<?> setting) {
        return values.containsKey(setting);
    }

    /** In the order of the table. */
    public List<Setting<?>> given() {
        return Settings.ALL.stream().filter(values::containsKey).toList();
    }

    public <T> NodeConfig with(Setting<T> setting, T value) {
        Map<Setting<?>, Object> changed = new HashMap<>(values);
        changed.put(setting, Objects.requireNonNull(value));
        return new NodeConfig(changed);
    }

    /**
     * With the value that the text stands for.
     *
     * @throws SettingException if it cannot have that value; the message names the setting
     */
    public <T> NodeConfig with(Setting<T> setting, String text) throws SettingException {
        try {
            return with(setting, setting.type().parse(text));
        } catch (SettingException e) {
            throw new SettingException(setting + ": " + e.reason());
        }
    }

    /** Back to its default. */
    public NodeConfig without(Setting<?> setting) {
        Map<Setting<?>, Object> changed = new HashMap<>(values);
        changed.remove(setting);
        return new NodeConfig(changed);
    }

    /** These values, and where {@code above} has some, those. */
    public NodeConfig under(NodeConfig above) {
        Map<Setting<?>, Object> both = new HashMap<>(values);
        both.putAll(above.values);
        return new NodeConfig(both);
    }

    /** Settings whose value differs, whoever gave it. */
    public List<Setting<?>> differences(NodeConfig other) {
        List<Setting<?>> different = new ArrayList<>();
        for (Setting<?> setting : Settings.ALL) {
            if (!get(setting).equals(other.get(setting))) {
                different.add(setting);
            }
        }
        return different;
    }

    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object other) {
        return other instanceof NodeConfig that && values.equals(that.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        given().forEach(setting ->
                out.append(out.isEmpty() ? "" : " ").append(setting).append('=').append(text(setting)));
        return out.toString();
    }
}
