package io.penstock.cli.live;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** More configuration than the packaged program has memory for: it says so, keeps what it has, and goes on. */
@Tag("live")
class ControlFloodTest {
    private static final int LINES = 3_000_000;
    private static final String STRANGER = "9e2e5ea3a3d7f6d9c1b0a8f7e6d5c4b3a29180706050403020100f0e0d0c0b0a";
    private static final long RSS_MOST_KIB = 512 << 10;

    @Test
    void refusesPrefixesThatItsHeapHasNoRoomFor() throws Exception {
        try (TunnelPair pair = new TunnelPair(Program.WIREGUARD_GO, "", Map.of())) {
            pair.leftKnowsRight(false);
            pair.awaitLeftReachesRight();
            WgInterface left = pair.left();

            assertEquals(
                    "errno=-12", flood(left.socket(), "public_key=" + STRANGER + "\n", "allowed_ip=%d.%d.%d.%d/32\n"));

            pair.underlay.left.mustReachWithoutLoss(TunnelPair.RIGHT);
            long kept = prefixes(left.socket());
            assertTrue(kept > 500_000 && kept < LINES, () -> kept + " prefixes");
            assertEquals("errno=-12", flood(left.socket(), "", "public_key=%02x%02x%02x%02x" + "0".repeat(56) + "\n"));
            assertEquals("errno=0", ask(left.socket(), "set=1\npublic_key=" + STRANGER + "\nremove=true\n\n"));
            assertEquals(2, prefixes(left.socket()));
            pair.underlay.left.mustReachWithoutLoss(TunnelPair.RIGHT);
            assertTrue(left.isAlive());
            assertTrue(residentKib(left.pid()) < RSS_MOST_KIB, () -> "resident: " + residentKib(left.pid()) + " KiB");
        }
    }

    /** One request of very many lines, written while its answer is awaited; returns the answer's first line. */
    private static String flood(Path socket, String start, String line) throws Exception {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            BufferedReader reader = new BufferedReader(Channels.newReader(channel, US_ASCII));
            CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> readLine(reader));
            StringBuilder lines = new StringBuilder("set=1\n" + start);
            for (int i = 0; i < LINES; i++) {
                lines.append(line.formatted(11 + (i >> 24), i >> 16 & 255, i >> 8 & 255, i & 255));
                if (lines.length() > 60_000 || i == LINES - 1) {
                    channel.write(ByteBuffer.wrap(lines.toString().getBytes(US_ASCII)));
                    lines.setLength(0);
                }
            }
            channel.write(ByteBuffer.wrap("\n".getBytes(US_ASCII)));
            return answer.get(60, TimeUnit.SECONDS);
        }
    }

    private static String readLine(BufferedReader reader) {
        try {
            return reader.readLine();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String ask(Path socket, String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(request.getBytes(US_ASCII)));
            return new BufferedReader(Channels.newReader(channel, US_ASCII)).readLine();
        }
    }

    private static long prefixes(Path socket) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap("get=1\n\n".getBytes(US_ASCII)));
            channel.shutdownOutput();
            BufferedReader reader = new BufferedReader(Channels.newReader(channel, US_ASCII));
            long prefixes = 0;
            String last = "";
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                prefixes += line.startsWith("allowed_ip=") ? 1 : 0;
                last = line.isEmpty() ? last : line;
            }
            assertEquals("errno=0", last);
            return prefixes;
        }
    }

    private static long residentKib(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("no VmRSS");
    }
}
