package io.penstock.cli.live;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The packaged program as {@code penstock server up}, on a port that it chooses, with a state folder of its own. */
public final class CoordinatorProgram implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private final Path state;
    private final Process process;
    private final List<String> printed = new ArrayList<>(); // guarded by itself
    private final Thread reader;

    private CoordinatorProgram(Path state, Process process) {
        this.state = state;
        this.process = process;
        reader = Thread.ofPlatform().daemon().start(this::read);
    }

    /** Starts it and waits until it says how to join. */
    static CoordinatorProgram start(Path state, String... options) throws IOException {
        List<String> command = new ArrayList<>(server(state, "up"));
        command.addAll(List.of("--listen", "127.0.0.1:0"));
        command.addAll(List.of(options));
        return start(state, command);
    }

    /** The same in a site, listening where others reach it. */
    public static CoordinatorProgram startIn(Site site, Path state, String listen, String... options)
            throws IOException {
        List<String> command = new ArrayList<>(server(state, "up"));
        command.addAll(List.of("--listen", listen));
        command.addAll(List.of(options));
        return start(state, site.inside(command));
    }

    private static CoordinatorProgram start(Path state, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PENSTOCK_STATE", TemporaryState.directory());
        CoordinatorProgram program = new CoordinatorProgram(state, builder.start());
        Await.until("the coordinator tells how to join, after " + program.text(), START_LIMIT, () -> {
            if (!program.process.isAlive()) {
                throw new AssertionError("the coordinator ended: " + program.text());
            }
            return program.text().contains("--login-server=");
        });
        return program;
    }

    /** The words of a command about this state folder. */
    static List<String> server(Path state, String... words) {
        List<String> command =
                new ArrayList<>(List.of(Program.checkout().resolve("penstock").toString(), "server"));
        command.addAll(List.of(words));
        command.addAll(List.of("--state", state.toString()));
        return command;
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (printed) {
                    printed.add(line);
                }
            }
        } catch (IOException e) {
            synchronized (printed) {
                printed.add("output lost: " + e); // killed
            }
        }
    }

    /** What it has printed. */
    public String text() {
        synchronized (printed) {
            return String.join("\n", printed);
        }
    }

    /** Where it says that it is reached. */
    public String url() {
        String text = text();
        int start = text.indexOf("--login-server=") + "--login-server=".length();
        return text.substring(start).lines().findFirst().orElseThrow();
    }

    Path state() {
        return state;
    }

    /** Runs a verb against its socket. */
    public Shell.Outcome run(String... words) {
        return Shell.run(Map.of(), server(state, words));
    }

    /** What a verb that must succeed prints on standard output. */
    public String need(String... words) {
        return run(words).mustSucceed();
    }

    /** Asks it to end, and waits: its exit status. */
    int stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end on SIGTERM: " + text());
        }
        reader.join();
        return process.exitValue();
    }

    /** Ends it without asking. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
        reader.join();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
    }
}
