package io.penstock.node.config;

/**
 * One thing that a node can be told. Immutable; compared by identity, since each is a constant of {@link Settings}.
 *
 * @param <T> of its value, immutable with {@code equals}
 */
public final class Setting<T> {
    private final String name;
    private final SettingType<T> type;
    private final T defaultValue;
    private final Takes takes;
    private final String help;

    /** What it takes for a change to be in force. */
    public enum Takes {
        /** Nothing: it is in force at once, and no packet is lost. */
        NOTHING,
        /** The interface is made anew: sessions start again. */
        INTERFACE,
        /** The node logs in again. */
        LOGIN
    }

    Setting(String name, SettingType<T> type, T defaultValue, Takes takes, String help) {
        this.name = name;
        this.type = type;
        this.defaultValue = defaultValue;
        this.takes = takes;
        this.help = help;
    }

    /** In kebab case: key of the file; with two hyphens before it the flag. */
    public String name() {
        return name;
    }

    /** As a field of the local API. */
    public String field() {
        return name.replace('-', '_');
    }

    public SettingType<T> type() {
        return type;
    }

    public T defaultValue() {
        return defaultValue;
    }

    public Takes takes() {
        return takes;
    }

    /** One sentence. */
    public String help() {
        return help;
    }

    @Override
    public String toString() {
        return name;
    }
}
