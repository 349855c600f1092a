package io.penstock.lab.terminal;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A small process that gives the terminal back when this one is killed or crashes and cannot do it: it waits at a pipe, which
 * the kernel closes then. Thread-safe.
 */
final class TerminalGuard implements AutoCloseable {
    private static final String READY = "ready";
    private static final String TAKEN = "taken\n";
    private static final String GIVEN_BACK = "given back\n";

    /** The shell that started this process may have put the mode right by then: what it set is left alone. */
    private static final String SCRIPT = """
            trap '' INT QUIT TERM HUP TSTP TTOU
            saved=$(stty -g </dev/tty) && echo ready && exec >/dev/tty || exit 1
            read -r line
            changed=$(stty -g </dev/tty)
            if ! read -r line; then
              printf '%b' "$1"
              [ "$(stty -g </dev/tty)" != "$changed" ] || stty "$saved" </dev/tty
              printf '\\n%s\\n' "$2"
            fi
            """;

    private final Process process;

    private TerminalGuard(Process process) {
        this.process = process;
    }

    /**
     * Starts it, before the terminal's mode is changed.
     *
     * @param restore what to write to the terminal, with {@code \033} for the escape character
     * @param farewell a line for the user
     * @throws IOException if there is no controlling terminal, or no {@code stty}
     */
    static TerminalGuard start(String restore, String farewell) throws IOException {
        Process process = new ProcessBuilder(List.of("sh", "-c", SCRIPT, "terminal-guard", restore, farewell))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String line = process.inputReader().readLine();
        if (!READY.equals(line)) {
            process.destroyForcibly();
            throw new IOException("the terminal's mode cannot be read");
        }
        return new TerminalGuard(process);
    }

    /** Says that the terminal's mode was changed. */
    void taken() throws IOException {
        OutputStream pipe = process.getOutputStream();
        pipe.write(TAKEN.getBytes(StandardCharsets.US_ASCII));
        pipe.flush();
    }

    /** The terminal was given back: nothing is left to do. */
    @Override
    public void close() {
        try (OutputStream pipe = process.getOutputStream()) {
            pipe.write(GIVEN_BACK.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            process.destroyForcibly(); // somebody has killed it, or nearly: it must not write any more
        }
    }
}
