package io.penstock.engine;

import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/** Keeps what was logged, and what of it at WARNING and above, for tests that expect silence. Thread-safe. */
public final class RecordingLogger implements System.Logger {
    private final Level least;
    private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
    private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());

    public RecordingLogger() {
        this(Level.WARNING);
    }

    /** Keeps what is logged at {@code least} and above. */
    public RecordingLogger(Level least) {
        this.least = least;
    }

    /** What was logged at WARNING and above, with its level. */
    public List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** All that was kept. */
    public List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public String getName() {
        return "recording";
    }

    @Override
    public boolean isLoggable(Level level) {
        return level.getSeverity() >= least.getSeverity();
    }

    @Override
    public void log(
            Level level, @Nullable ResourceBundle bundle, @Nullable String message, @Nullable Throwable thrown) {
        if (isLoggable(level)) {
            keep(level, message + (thrown == null ? "" : ": " + thrown));
            if (thrown != null) {
                thrown.printStackTrace();
            }
        }
    }

    @Override
    public void log(
            Level level,
            @Nullable ResourceBundle bundle,
            @Nullable String format,
            @Nullable Object @Nullable ... values) {
        if (isLoggable(level)) {
            keep(
                    level,
                    values == null || values.length == 0
                            ? String.valueOf(format)
                            : MessageFormat.format(String.valueOf(format), values));
        }
    }

    private void keep(Level level, String line) {
        lines.add(line);
        if (level.getSeverity() >= Level.WARNING.getSeverity()) {
            complaints.add(level + " " + line);
        }
    }
}
