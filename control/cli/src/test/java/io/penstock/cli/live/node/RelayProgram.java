package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code penstock relay} as a process of its own, which can be stopped and killed. */
final class RelayProgram implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Pattern PIN = Pattern.compile("\"CertName\": *\"([^\"]+)\"");

    private final Process process;
    private final String address;
    private final int port;
    private final int stunPort;
    private final String pin;

    private RelayProgram(Process process, String address, int port, int stunPort, String pin) {
        this.process = process;
        this.address = address;
        this.port = port;
        this.stunPort = stunPort;
        this.pin = pin;
    }

    /** @param folder for its state, and for what it prints */
    static RelayProgram start(Site site, Path folder, String address, int port, int stunPort) throws IOException {
        Files.createDirectories(folder);
        Path printed = folder.resolve("printed");
        Process process = new ProcessBuilder(site.inside(List.of(
                        Program.checkout().resolve("penstock").toString(),
                        "relay",
                        "--open",
                        "--json",
                        "--listen",
                        address + ":" + port,
                        "--stun-listen",
                        address + ":" + stunPort,
                        "--state",
                        folder.resolve("state").toString())))
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        Await.until("the relay says where it is", START_LIMIT, () -> {
            assertTrue(process.isAlive(), () -> "the relay ended: " + read(printed));
            return PIN.matcher(read(printed)).find();
        });
        Matcher pin = PIN.matcher(read(printed));
        assertTrue(pin.find());
        return new RelayProgram(process, address, port, stunPort, pin.group(1));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** As a map of relays says it. */
    String node(int region, String name) {
        return """
                {"Name": "%s", "RegionID": %d, "HostName": "%s", "DERPPort": %d, "STUNPort": %d, "CertName": "%s"}""".formatted(name, region, address, port, stunPort, pin);
    }

    /** From here on it does nothing, and its kernel still takes what is sent to it. */
    void freeze() {
        Shell.need("kill", "-STOP", Long.toString(process.pid()));
    }

    void thaw() {
        Shell.need("kill", "-CONT", Long.toString(process.pid()));
    }

    /** Its kernel resets what it had open. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
