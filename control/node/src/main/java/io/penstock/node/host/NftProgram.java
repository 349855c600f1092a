package io.penstock.node.host;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The program nft(8), by its absolute path, without a shell and with an environment of our own. It works in the network namespace of
 * the calling thread. Any thread.
 */
final class NftProgram {
    static final List<Path> PLACES = List.of(
            Path.of("/usr/sbin/nft"), Path.of("/sbin/nft"), Path.of("/usr/bin/nft"), Path.of("/usr/local/sbin/nft"));

    private static final int TIMEOUT_S =
            10; // ours takes milliseconds; the thread that waits is the one that the watchdog looks at

    private final List<Path> places;

    NftProgram() {
        this(PLACES);
    }

    NftProgram(List<Path> places) {
        this.places = places;
    }

    /** Looked up each time: packages come and go while a daemon runs. */
    private @Nullable Path program() {
        return places.stream().filter(Files::isExecutable).findFirst().orElse(null);
    }

    boolean isThere() {
        return program() != null;
    }

    /** Makes the changes of a script in one transaction: all or none. */
    void run(String script) throws IOException {
        run(List.of("-f", "-"), script);
    }

    /** All chains of all tables, with their hooks and policies. */
    List<String> chains() throws IOException {
        return run(List.of("list", "chains"), "").lines().toList();
    }

    private String run(List<String> arguments, String input) throws IOException {
        Path program = program();
        if (program == null) {
            throw new IOException("the program nft is in none of " + places + ": install the package nftables");
        }
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.directory(Path.of("/").toFile());
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.put("LC_ALL", "C");
        environment.put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        String what = "nft " + String.join(" ", arguments);
        Process process = builder.start();
        FutureTask<String> output =
                new FutureTask<>(() -> new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        Thread.ofVirtual().name("nft").start(output);
        try {
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
            if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
                throw new IOException(what + " did not end within " + TIMEOUT_S + " s");
            }
            String text = output.get();
            if (process.exitValue() != 0) {
                throw new IOException(what + " failed: " + text.strip());
            }
            return text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(what + " was interrupted", e);
        } catch (ExecutionException e) {
            throw new IOException("read what " + what + " says", e.getCause());
        } finally {
            process.destroyForcibly();
        }
    }
}
