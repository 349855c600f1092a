package io.penstock.engine;

import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/** Keeps what was logged at WARNING and above, for tests that expect silence. Thread-safe. */
final class RecordingLogger implements System.Logger {
    private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());

    List<String> complaints() {
        return List.copyOf(complaints);
    }

    @Override
    public String getName() {
        return "recording";
    }

    @Override
    public boolean isLoggable(Level level) {
        return level.getSeverity() >= Level.WARNING.getSeverity();
    }

    @Override
    public void log(
            Level level, @Nullable ResourceBundle bundle, @Nullable String message, @Nullable Throwable thrown) {
        if (isLoggable(level)) {
            complaints.add(level + " " + message + (thrown == null ? "" : ": " + thrown));
            if (thrown != null) {
                thrown.printStackTrace();
            }
        }
    }

    @Override
    public void log(Level level, @Nullable ResourceBundle bundle, @Nullable String format, @Nullable Object... values) {
        if (isLoggable(level)) {
            complaints.add(level + " " + MessageFormat.format(String.valueOf(format), values));
        }
    }
}
