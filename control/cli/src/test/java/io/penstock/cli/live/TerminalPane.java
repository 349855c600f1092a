package io.penstock.cli.live;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/** A terminal with a shell in it, emulated by a tmux of its own. {@link #close} ends both. */
final class TerminalPane implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String socket = "penstock-live-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();

    TerminalPane(int columns, int rows) {
        List<String> start = new ArrayList<>(List.of("-f", "/dev/null", "new-session", "-d"));
        start.addAll(List.of("-x", "" + columns, "-y", "" + rows, "env PS1='$ ' bash --norc --noprofile"));
        tmux(start);
        try {
            tmux(List.of("set-option", "status", "off"));
            resize(columns, rows);
            await("a prompt", Duration.ofSeconds(10), text -> text.startsWith("$"));
        } catch (AssertionError e) {
            close();
            throw e;
        }
    }

    private String tmux(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("tmux", "-u", "-L", socket));
        command.addAll(arguments);
        return Shell.run(Map.of("LC_ALL", "C.UTF-8", "TERM", "xterm"), command).mustSucceed();
    }

    void resize(int columns, int rows) {
        tmux(List.of("resize-window", "-x", "" + columns, "-y", "" + rows));
    }

    /** Presses a key by its name: {@code q}, {@code C-c}, {@code Enter}. */
    void press(String key) {
        tmux(List.of("send-keys", key));
    }

    /** Types a line into the shell. */
    void run(String line) {
        tmux(List.of("send-keys", "-l", line));
        press("Enter");
    }

    /** What is on the screen, a line each. */
    String text() {
        return tmux(List.of("capture-pane", "-p"));
    }

    /** The same with its colours. */
    String coloredText() {
        return tmux(List.of("capture-pane", "-p", "-e"));
    }

    /** Whether a program has the alternate screen, and the cursor is hidden. */
    boolean isTaken() {
        return !tmux(List.of("display-message", "-p", "#{alternate_on}#{cursor_flag}#{wrap_flag}"))
                .strip()
                .equals("011");
    }

    /** Returns the text that fulfils the condition. */
    String await(String what, Duration limit, Predicate<String> condition) {
        AtomicReference<String> text = new AtomicReference<>("");
        try {
            Await.until(what, limit, () -> {
                text.set(text());
                return condition.test(text.get());
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; there was:\n" + text.get(), e);
        }
        return text.get();
    }

    @Override
    public void close() {
        tmux(List.of("kill-server"));
    }
}
