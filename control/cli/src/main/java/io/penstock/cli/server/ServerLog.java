package io.penstock.cli.server;

import java.util.Locale;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The log of a coordinator or relay on standard error: one line an event, {@code WARNING text}; whoever keeps logs adds the time. */
public final class ServerLog {
    // Held, since a logger that nobody holds is collected, and its level with it.
    private static final Logger OURS = Logger.getLogger("io.penstock");
    private static final Logger ADDRESSES = Logger.getLogger("io.netty.util.internal.MacAddressUtil");

    private static final Logger ACME = Logger.getLogger("org.shredzone.acme4j");

    private ServerLog() {}

    /**
     * From here on.
     *
     * @param level {@code verbose} or {@code debug}, {@code error}, {@code silent}; null or else: what a user would notice
     */
    public static void start(@Nullable String level) {
        Logger root = Logger.getLogger("");
        for (var handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        ConsoleHandler console = new ConsoleHandler();
        console.setLevel(Level.ALL);
        console.setFormatter(new Lines());
        root.addHandler(console);
        root.setLevel(
                switch (level == null ? "" : level) {
                    case "silent" -> Level.OFF;
                    case "error" -> Level.WARNING;
                    default -> Level.INFO;
                });
        ADDRESSES.setLevel(Level.SEVERE); // that a machine has no network card is no fault
        ACME.setLevel(Level.WARNING); // that a nonce was old and it has asked again is no news
        if ("verbose".equals(level) || "debug".equals(level)) {
            OURS.setLevel(Level.FINE);
        }
    }

    /** Control characters in what is logged would let its author write lines. */
    private static final class Lines extends Formatter {
        @Override
        public String format(LogRecord event) {
            StringBuilder line =
                    new StringBuilder(name(event.getLevel())).append(' ').append(Reply.printable(formatMessage(event)));
            for (Throwable cause = event.getThrown(); cause != null; cause = cause.getCause()) {
                line.append(": ").append(Reply.printable(cause.toString()));
            }
            if (event.getThrown() != null && event.getLevel().intValue() >= Level.WARNING.intValue()) {
                for (StackTraceElement element : event.getThrown().getStackTrace()) {
                    line.append("\n    at ").append(element);
                }
            }
            return line.append('\n').toString();
        }

        private static String name(Level level) {
            return level.intValue() < Level.INFO.intValue()
                    ? "DEBUG"
                    : level.getName().toUpperCase(Locale.ROOT);
        }
    }
}
