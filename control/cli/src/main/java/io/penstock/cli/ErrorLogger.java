package io.penstock.cli;

import java.io.PrintStream;
import java.lang.System.Logger;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/**
 * The log of one interface on standard error, a line for each event as wireguard-go writes it:
 * {@code DEBUG: (wg0) 2026/01/31 23:59:59 text}. Any thread. Made by hand since the JDK's own logging costs more than the
 * rest of the start.
 */
final class ErrorLogger implements Logger {
    private final String interfaceName;
    private final LogLevel level;
    private final PrintStream out;

    ErrorLogger(String interfaceName, LogLevel level, PrintStream out) {
        this.interfaceName = interfaceName;
        this.level = level;
        this.out = out;
    }

    @Override
    public String getName() {
        return interfaceName;
    }

    @Override
    public boolean isLoggable(Level wanted) {
        return wanted != Level.OFF && level.includes(wanted);
    }

    @Override
    public void log(Level wanted, @Nullable ResourceBundle bundle, @Nullable String text, @Nullable Throwable thrown) {
        if (isLoggable(wanted)) {
            write(wanted, String.valueOf(text));
            if (thrown != null) {
                synchronized (out) {
                    thrown.printStackTrace(out);
                }
            }
        }
    }

    @Override
    public void log(
            Level wanted, @Nullable ResourceBundle bundle, @Nullable String format, @Nullable Object... values) {
        if (isLoggable(wanted)) {
            write(wanted, fill(String.valueOf(format), values));
        }
    }

    private void write(Level wanted, String text) {
        StringBuilder line = new StringBuilder(96);
        line.append(wanted == Level.WARNING ? "WARN" : wanted.getName());
        line.append(": (").append(interfaceName).append(") ");
        LocalDateTime now = LocalDateTime.now(ZoneId.systemDefault());
        line.append(now.getYear());
        pad(line.append('/'), now.getMonthValue());
        pad(line.append('/'), now.getDayOfMonth());
        pad(line.append(' '), now.getHour());
        pad(line.append(':'), now.getMinute());
        pad(line.append(':'), now.getSecond());
        line.append(' ').append(text);
        out.println(line);
    }

    private static void pad(StringBuilder line, int number) {
        line.append(number < 10 ? "0" : "").append(number);
    }

    /** Puts values in the places {@code {0}}, {@code {1}} and so on, without the thousands separators of MessageFormat. */
    private static String fill(String format, @Nullable Object @Nullable [] values) {
        if (values == null || values.length == 0) {
            return format;
        }
        StringBuilder text = new StringBuilder(format.length() + 32);
        int from = 0;
        for (int open = format.indexOf('{'); open >= 0; open = format.indexOf('{', from)) {
            int close = format.indexOf('}', open);
            int index = close == open + 2 ? format.charAt(open + 1) - '0' : -1;
            if (index < 0 || index >= values.length) {
                text.append(format, from, open + 1);
                from = open + 1;
            } else {
                text.append(format, from, open).append(values[index]);
                from = close + 1;
            }
        }
        return text.append(format, from, format.length()).toString();
    }
}
