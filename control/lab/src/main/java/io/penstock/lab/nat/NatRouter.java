package io.penstock.lab.nat;

import io.penstock.ffm.netns.NetworkNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Makes namespaces routers and firewalls, by the program nft(8). Stateless; whatever is made goes with its namespace. */
public final class NatRouter {
    /** Where br_netfilter shows itself: a network inside that is a bridge would have its packets translated before they are routed. */
    private static final Path BRIDGED = Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables");

    private static final int TIMEOUT_S = 30;

    private NatRouter() {}

    /**
     * Makes a namespace a router of that kind; links and addresses are the caller's. Of a {@link NatKind#DOUBLE} one it is either of
     * the two.
     *
     * @param address of its link to the internet
     */
    public static void become(NetworkNamespace router, NatKind kind, String address) throws IOException {
        router.setSysctl("net.ipv4.ip_forward", "1");
        inside(router, () -> {
            if (Files.exists(BRIDGED)) {
                Files.writeString(BRIDGED, "0");
            }
        });
        load(router, NatRules.of(kind, address));
        // Conntrack is there from the first rule on that needs it, and so are its keys.
        router.setSysctl("net.netfilter.nf_conntrack_udp_timeout", "" + NatRules.LIFETIME_SECONDS);
        router.setSysctl("net.netfilter.nf_conntrack_udp_timeout_stream", "" + NatRules.LIFETIME_SECONDS);
    }

    /**
     * Puts a ruleset in the place of all that a namespace has.
     *
     * @throws IOException if nft is missing or refuses it; nothing has changed then
     */
    public static void load(NetworkNamespace namespace, String rules) throws IOException {
        inside(namespace, () -> run("flush ruleset\n" + rules));
    }

    private interface Task {
        void run() throws IOException, InterruptedException;
    }

    private static void inside(NetworkNamespace namespace, Task task) throws IOException {
        try {
            namespace.call(() -> {
                task.run();
                return true;
            });
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void run(String script) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(List.of("nft", "-f", "-")).redirectErrorStream(true);
        Process process = builder.start();
        try {
            CompletableFuture<String> output =
                    CompletableFuture.supplyAsync(() -> text(process.getInputStream()), task -> Thread.ofVirtual()
                            .start(task));
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(script.getBytes(StandardCharsets.UTF_8));
            }
            if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
                throw new IOException("nft did not end within " + TIMEOUT_S + " s");
            }
            if (process.exitValue() != 0) {
                throw new IOException("nft refuses the rules:\n" + output.join().strip() + "\n" + script);
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private static String text(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
