package io.penstock.cli;

import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** The values of wireguard-go's {@code LOG_LEVEL}. */
enum LogLevel {
    VERBOSE(Level.DEBUG),
    /** Not set, or nothing known. */
    DEFAULT(Level.WARNING),
    ERROR(Level.WARNING),
    SILENT(Level.OFF);

    private final Level least;

    LogLevel(Level least) {
        this.least = least;
    }

    /** Anything unknown logs errors, as in wireguard-go. */
    static LogLevel of(@Nullable String value) {
        if (value == null || value.isEmpty()) {
            return DEFAULT;
        }
        return switch (value) {
            case "verbose", "debug" -> VERBOSE;
            case "silent" -> SILENT;
            default -> ERROR;
        };
    }

    /** Whether a process in the background keeps its starter's output, for the log. */
    boolean keepsOutput() {
        return this == VERBOSE || this == ERROR;
    }

    boolean includes(Level level) {
        return level.getSeverity() >= least.getSeverity() && this != SILENT;
    }
}
