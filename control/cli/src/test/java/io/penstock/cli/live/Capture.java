package io.penstock.cli.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/** What passes a link of a site, recorded by tcpdump from {@link #start} to {@link #close}: IP packets, in order, each with its time. */
public final class Capture implements AutoCloseable {
    /** An initiation in IPv6, and room for options. */
    private static final int SNAP_LENGTH = 256;

    private static final Duration START = Duration.ofSeconds(20);
    private static final int FILE_HEADER = 24;
    private static final int RECORD_HEADER = 16;
    private static final int ETHERNET_HEADER = 14;
    private static final int UDP = 17;
    private static final int IPV6_FRAGMENT = 44;

    private final Process process;
    private final Path file;
    private final Path log;
    private final List<Packet> packets = new ArrayList<>();
    private long parsedTo;

    private Capture(Process process, Path file, Path log) {
        this.process = process;
        this.file = file;
        this.log = log;
    }

    /** Records what a tcpdump filter lets through; when this returns, recording has begun. */
    public static Capture start(Site site, String link, String filter) {
        try {
            Path file = Files.createTempFile("penstock-live", ".pcap");
            Path log = Files.createTempFile("penstock-live", ".log");
            file.toFile().deleteOnExit();
            log.toFile().deleteOnExit();
            List<String> command = List.of(
                    "tcpdump",
                    "-i",
                    link,
                    "-n",
                    "-Z",
                    "root",
                    "-U",
                    "--immediate-mode",
                    "-B",
                    "8192",
                    "-s",
                    "" + SNAP_LENGTH,
                    "-w",
                    file.toString(),
                    filter);
            Process process = new ProcessBuilder(site.inside(command))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            Capture capture = new Capture(process, file, log);
            Await.until("tcpdump listens", START, capture::listens);
            return capture;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean listens() {
        try {
            String said = Files.readString(log);
            if (!process.isAlive()) {
                throw new AssertionError(said);
            }
            return said.contains("listening on") && Files.size(file) >= FILE_HEADER;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many packets there are by now: a mark for {@link #since}. */
    public synchronized int mark() {
        return read().size();
    }

    /** The packets after a mark. */
    public synchronized List<Packet> since(int mark) {
        List<Packet> all = read();
        return List.copyOf(all.subList(mark, all.size()));
    }

    /** The packets after a mark that fit. */
    public List<Packet> since(int mark, Predicate<Packet> which) {
        return since(mark).stream().filter(which).toList();
    }

    public List<Packet> all() {
        return since(0);
    }

    /** Waits until packets after a mark fit, and returns them. */
    public List<Packet> await(String what, int mark, int count, Duration limit, Predicate<Packet> which) {
        try {
            Await.until(what, limit, () -> since(mark, which).size() >= count);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; seen:\n" + text(mark), e);
        }
        return since(mark, which);
    }

    /** The last hundred packets after a mark, for a report. */
    public String text(int mark) {
        List<Packet> seen = since(mark);
        StringBuilder text = new StringBuilder();
        seen.subList(Math.max(0, seen.size() - 100), seen.size())
                .forEach(packet -> text.append("  ").append(packet).append('\n'));
        return text.toString();
    }

    /** Reads on where it stopped; the last record may not be complete yet. */
    private List<Packet> read() {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) (channel.size() - parsedTo));
            while (bytes.hasRemaining() && channel.read(bytes, parsedTo + bytes.position()) > 0) {
                // until all is there
            }
            bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
            if (parsedTo == 0) {
                bytes.position(FILE_HEADER);
            }
            int done = bytes.position();
            while (bytes.remaining() >= RECORD_HEADER) {
                long timeNs = bytes.getInt() * 1_000_000_000L + bytes.getInt() * 1_000L;
                int captured = bytes.getInt();
                bytes.getInt(); // the length on the wire
                if (bytes.remaining() < captured) {
                    break;
                }
                byte[] frame = new byte[captured];
                bytes.get(frame);
                packets.add(parse(timeNs, frame));
                done = bytes.position();
            }
            parsedTo += done;
            return packets;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Packet parse(long timeNs, byte[] frame) throws UnknownHostException {
        ByteBuffer ip = ByteBuffer.wrap(frame, ETHERNET_HEADER, frame.length - ETHERNET_HEADER)
                .slice();
        boolean v6 = ip.get(0) >>> 4 == 6;
        int header = v6 ? 40 : (ip.get(0) & 15) * 4;
        int protocol = ip.get(v6 ? 6 : 9);
        boolean isFragment = v6 ? protocol == IPV6_FRAGMENT : (ip.getShort(6) & 0x3fff) != 0;
        String source = address(ip, v6 ? 8 : 12, v6);
        String destination = address(ip, v6 ? 24 : 16, v6);
        if (protocol != UDP || isFragment) {
            return new Packet(timeNs, source, destination, isFragment, new byte[0], 0);
        }
        int length = ip.getShort(header + 4) & 0xffff;
        byte[] payload = new byte[Math.max(0, Math.min(ip.limit() - header - 8, length - 8))];
        ip.get(header + 8, payload);
        return new Packet(
                timeNs,
                endpoint(source, ip.getShort(header)),
                endpoint(destination, ip.getShort(header + 2)),
                false,
                payload,
                length - 8);
    }

    /** Written as in {@link Underlay#address}. */
    private static String address(ByteBuffer ip, int offset, boolean v6) throws UnknownHostException {
        byte[] bytes = new byte[v6 ? 16 : 4];
        ip.get(offset, bytes);
        String text = Objects.requireNonNull(InetAddress.getByAddress(bytes).getHostAddress());
        return v6 ? text.replaceFirst("(^|:)(0:){2,}", "::") : text;
    }

    private static String endpoint(String address, short port) {
        return (address.indexOf(':') >= 0 ? "[" + address + "]:" : address + ":") + (port & 0xffff);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
            Files.deleteIfExists(file);
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
