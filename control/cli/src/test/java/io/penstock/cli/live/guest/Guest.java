package io.penstock.cli.live.guest;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.regex.Pattern;

/**
 * A machine in QEMU with the distribution's kernel, emulated in software: it needs no virtualisation, and is slow. It has a few ports,
 * each a network card with a line for commands; whoever wants one waits in {@link #borrow}. {@link #close} switches it off.
 */
public final class Guest implements AutoCloseable {
    /** How many hosts there can be at a time. */
    public static final int PORTS = 8;

    private static final Duration BOOT = Duration.ofSeconds(120);
    private static final Pattern COMPLAINT = Pattern.compile("BUG:|WARNING:|Oops|Call Trace|Kernel panic|init: no ");
    private static final String MEMORY = "256"; // MiB
    private static final String MTU_MAX = "9000";

    private final Site site;
    private final Path folder;
    private final Process process;
    private final BlockingQueue<GuestPort> free = new ArrayBlockingQueue<>(PORTS);
    private final List<CommandLine> lines = new ArrayList<>();

    private Guest(Site site, Path folder, Process process) {
        this.site = site;
        this.folder = folder;
        this.process = process;
    }

    /** Prepares kernel and file system if that was not done yet, boots, and returns once every line answers. */
    public static Guest boot() {
        Path image = Program.checkout().resolve(".build/guest");
        String prepare =
                Program.checkout().resolve("control/cli/src/test/guest/prepare").toString();
        Shell.need(prepare, image.toString());
        Site site = Site.make("guest");
        try {
            Path folder = Files.createTempDirectory("penstock-guest");
            Process process = new ProcessBuilder(site.inside(command(image, folder)))
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("qemu.log").toFile())
                    .start();
            Guest guest = new Guest(site, folder, process);
            try {
                guest.connect();
                return guest;
            } catch (Throwable t) {
                guest.close();
                throw t;
            }
        } catch (IOException e) {
            site.close();
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> command(Path image, Path folder) {
        List<String> command = new ArrayList<>(List.of(
                "qemu-system-x86_64",
                "-M",
                "pc",
                "-accel",
                "tcg",
                "-cpu",
                "max",
                "-smp",
                "1",
                "-m",
                MEMORY,
                "-nodefaults",
                "-no-reboot",
                "-display",
                "none",
                "-kernel",
                image.resolve("vmlinuz").toString(),
                "-initrd",
                image.resolve("initrd").toString(),
                "-append",
                "console=ttyS0 quiet panic=-1 mitigations=off nokaslr random.trust_cpu=on",
                "-chardev",
                "file,id=console,path=" + folder.resolve("console"),
                "-serial",
                "chardev:console",
                "-device",
                "virtio-serial-pci"));
        for (int port = 0; port < PORTS; port++) {
            command.addAll(List.of(
                    "-chardev",
                    "socket,id=line" + port + ",server=on,wait=off,path=" + folder.resolve("line" + port),
                    "-device",
                    "virtserialport,chardev=line" + port + ",nr=" + (port + 1),
                    "-netdev",
                    "tap,id=net" + port + ",ifname=" + GuestPort.tap(port) + ",script=no,downscript=no",
                    "-device",
                    "virtio-net-pci,netdev=net" + port + ",romfile=,host_mtu=" + MTU_MAX));
        }
        return command;
    }

    private void connect() {
        for (int port = 0; port < PORTS; port++) {
            Path socket = folder.resolve("line" + port);
            Await.until("QEMU listens", BOOT, () -> Files.exists(socket) || hasEnded());
            lines.add(CommandLine.open(socket));
        }
        for (int port = 0; port < PORTS; port++) {
            CommandLine line = lines.get(port);
            line.awaitReady(BOOT);
            free.add(new GuestPort(this, port, line));
        }
    }

    private boolean hasEnded() {
        if (!process.isAlive()) {
            throw new AssertionError("QEMU ended: " + read("qemu.log") + read("console"));
        }
        return false;
    }

    Site site() {
        return site;
    }

    /** Waits for a free port; the host that is made with it gives it back. */
    GuestPort borrow() {
        try {
            return free.take();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    void giveBack(GuestPort port) {
        free.add(port);
    }

    /** Fails if the guest's kernel has complained of anything. */
    public void mustBeHealthy() {
        String console = read("console");
        if (COMPLAINT.matcher(console).find()) {
            throw new AssertionError("the guest's kernel complains:\n" + console);
        }
    }

    private String read(String file) {
        try {
            Path path = folder.resolve(file);
            return Files.exists(path) ? Files.readString(path) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        lines.forEach(CommandLine::close);
        site.close();
        Shell.need("rm", "-r", folder.toString());
    }
}
