package io.penstock.cli.live;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs programs of this machine to their end, never longer than a limit. */
public final class Shell {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Shell() {}

    /** How a program ended and what it printed. */
    public record Outcome(List<String> command, int status, String out, String err) {
        /** The standard output, if the program succeeded; an assertion fails otherwise. */
        public String mustSucceed() {
            if (status != 0) {
                throw new AssertionError(this);
            }
            return out;
        }

        @Override
        public String toString() {
            return "'" + String.join(" ", command) + "' ended with " + status + "\n" + out + err;
        }
    }

    public static String need(String... command) {
        return run(Map.of(), List.of(command)).mustSucceed();
    }

    /**
     * Waits for the program and for the end of its output, so a background process that keeps the output open fails here.
     *
     * @param environment added to ours, which has a state directory of this test run
     */
    public static Outcome run(Map<String, String> environment, List<String> command) {
        return run(environment, command, "");
    }

    public static Outcome run(Map<String, String> environment, List<String> command, String input) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("PENSTOCK_STATE", TemporaryState.directory());
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            CompletableFuture<String> out = drain(process.getInputStream());
            CompletableFuture<String> err = drain(process.getErrorStream());
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("'" + String.join(" ", command) + "' did not end within " + LIMIT);
            }
            return new Outcome(command, process.exitValue(), end(out, command), end(err, command));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static CompletableFuture<String> drain(InputStream stream) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try (stream) {
                        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    private static String end(CompletableFuture<String> output, List<String> command) throws InterruptedException {
        try {
            return output.get(5, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(
                    "'" + String.join(" ", command) + "' ended, but something keeps its output open", e);
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }
}
