package io.penstock.cli.live.login;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Somebody's machine, with {@code penstock daemon}, on which they say {@code penstock up}. */
final class Device implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Pattern LINK = Pattern.compile("^  (http\\S+)$", Pattern.MULTILINE);

    private static final Pattern CODE = Pattern.compile("type in the code  ([A-Z]{4}-[A-Z]{4})$", Pattern.MULTILINE);

    final String name;
    private final Site site;
    private final Path folder;
    private final Path socket;
    private final List<Process> processes = new ArrayList<>();
    private int count;

    /** Starts the daemon and waits until it listens. */
    Device(Site site, String name, Path folder) throws IOException {
        this.site = site;
        this.name = name;
        this.folder = Files.createDirectory(folder);
        socket = folder.resolve("penstock.sock");
        Process daemon =
                start(List.of("daemon", "--state", folder.resolve("state").toString()), folder.resolve("log"));
        Await.until("the daemon of " + name + " listens", LIMIT, () -> {
            if (!daemon.isAlive()) {
                throw new AssertionError("the daemon of " + name + " ended:\n" + text(folder.resolve("log")));
            }
            return run("status", "--json").status() == 0;
        });
    }

    private Process start(List<String> words, Path output) throws IOException {
        List<String> command = new ArrayList<>(
                site.inside(List.of(Program.checkout().resolve("penstock").toString())));
        command.addAll(words);
        command.addAll(List.of("--socket", socket.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        Process process = builder.redirectOutput(output.toFile()).start();
        processes.add(process);
        return process;
    }

    /** {@code penstock up} that waits for somebody to log in. */
    final class Joining {
        private final Process process;
        private final Path output;

        private Joining(Process process, Path output) {
            this.process = process;
            this.output = output;
        }

        /** The address that it shows. */
        String link() {
            return shown("a link", LINK);
        }

        /** The code that it shows for those who type. */
        String code() {
            return shown("a code", CODE);
        }

        private String shown(String what, Pattern form) {
            String[] found = {""};
            Await.until(what + " is shown by " + name, LIMIT, () -> {
                Matcher shown = form.matcher(text(output));
                found[0] = shown.find() ? shown.group(1) : "";
                if (found[0].isEmpty() && !process.isAlive()) {
                    throw new AssertionError(text(output));
                }
                return !found[0].isEmpty();
            });
            return found[0];
        }

        /** Waits for its end: what it printed. */
        String end(int status) throws InterruptedException {
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != status) {
                throw new AssertionError("'up' on " + name + " ends not with " + status + ":\n" + text(output) + log());
            }
            return text(output);
        }
    }

    /** Says {@code penstock up}. */
    Joining join(String url, String... more) throws IOException {
        Path output = folder.resolve("up-" + ++count);
        List<String> words = new ArrayList<>(List.of("up", "--server", url, "--hostname", name));
        words.addAll(List.of("--config", folder.resolve("penstock.conf").toString()));
        words.addAll(List.of("--interface-name", "pn-" + name));
        words.addAll(List.of(more));
        return new Joining(start(words, output), output);
    }

    Shell.Outcome run(String... words) {
        List<String> command =
                new ArrayList<>(List.of(Program.checkout().resolve("penstock").toString()));
        command.addAll(List.of(words));
        command.addAll(List.of("--socket", socket.toString()));
        return site.run(Map.of(), command);
    }

    String log() {
        return "log of " + name + ":\n" + text(folder.resolve("log"));
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            return "cannot read " + file + ": " + e;
        }
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        site.close();
    }
}
