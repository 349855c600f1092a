package io.penstock.fleet;

import io.penstock.protocol.derp.DerpHttp;
import io.penstock.protocol.derp.Frame;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Clients of a relay, over TLS, that are told what to do by lines on the standard input and answer each with a line of JSON:
 *
 * <pre>
 * join COUNT                          so many in all are let in, each from an address of its own of 127.0.0.0/8
 * stream PAIRS BYTES SECONDS          half of the first clients send packets as fast as they are taken, to the other half
 * paced CLIENTS PER_SECOND BYTES SECONDS   each of so many sends so often, to its neighbour
 * besieged CLIENTS PER_SECOND BYTES SECONDS STRANGERS   the same while so many strangers come with bad input, again and again
 * </pre>
 *
 * Arguments: host and port of the relay. Speaks DERP by the protocol module and TLS by the JDK, to any relay alike, and checks no
 * certificate: it is for measuring on this machine.
 */
public final class RelayLoad {
    private static final int JOINING_AT_ONCE = 32;

    private final InetSocketAddress relay;
    private final List<RelayLoadClient> clients = new ArrayList<>();

    private RelayLoad(InetSocketAddress relay) {
        this.relay = relay;
    }

    /** See the class. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            throw new IllegalArgumentException("HOST PORT");
        }
        RelayLoad load = new RelayLoad(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(load.answer(line.split(" ")));
        }
    }

    private String answer(String[] words) {
        try {
            return switch (words[0]) {
                case "join" -> join(Integer.parseInt(words[1]));
                case "stream" ->
                    stream(Integer.parseInt(words[1]), Integer.parseInt(words[2]), Integer.parseInt(words[3]));
                case "paced" ->
                    paced(
                            Integer.parseInt(words[1]),
                            Integer.parseInt(words[2]),
                            Integer.parseInt(words[3]),
                            Integer.parseInt(words[4]));
                case "besieged" ->
                    besieged(
                            Integer.parseInt(words[1]),
                            Integer.parseInt(words[2]),
                            Integer.parseInt(words[3]),
                            Integer.parseInt(words[4]),
                            Integer.parseInt(words[5]));
                default -> throw new IllegalStateException("not a command");
            };
        } catch (Exception e) { // whatever it is, the line that asked gets one that says it
            return "{\"error\":\"" + e.toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"}";
        }
    }

    private String join(int count) throws Exception {
        long startNs = System.nanoTime();
        try (ExecutorService threads = Executors.newFixedThreadPool(JOINING_AT_ONCE)) {
            List<Future<RelayLoadClient>> joining = new ArrayList<>();
            for (int i = clients.size(); i < count; i++) {
                int number = i;
                joining.add(threads.submit(() -> join(relay, number)));
            }
            for (Future<RelayLoadClient> each : joining) {
                clients.add(each.get());
            }
        }
        return String.format(
                Locale.ROOT, "{\"clients\":%d,\"seconds\":%.3f}", clients.size(), (System.nanoTime() - startNs) / 1e9);
    }

    private static RelayLoadClient join(InetSocketAddress relay, int number)
            throws IOException, GeneralSecurityException {
        return RelayLoadClient.join(relay, number, DerpHttp.PATH);
    }

    private String stream(int pairs, int bytes, int seconds) throws Exception {
        require(2 * pairs);
        clients.forEach(RelayLoadClient::reset);
        long startNs = System.nanoTime();
        long endNs = startNs + TimeUnit.SECONDS.toNanos(seconds);
        List<Thread> senders = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            RelayLoadClient from = clients.get(2 * i);
            RelayLoadClient to = clients.get(2 * i + 1);
            senders.add(Thread.ofVirtual().start(() -> from.flood(to.key(), bytes, endNs)));
        }
        for (Thread sender : senders) {
            sender.join();
        }
        double took = (System.nanoTime() - startNs) / 1e9;
        Thread.sleep(300); // what is on its way
        long sent = clients.stream().mapToLong(RelayLoadClient::sent).sum();
        long received = clients.stream().mapToLong(RelayLoadClient::received).sum();
        return String.format(
                Locale.ROOT,
                "{\"seconds\":%.3f,\"sent\":%d,\"received\":%d,\"gbit_s\":%.4f,\"packets_s\":%.0f,\"frame_bytes\":%d}",
                took,
                sent,
                received,
                received * 8.0 * bytes / took / 1e9,
                received / took,
                bytes + Frame.HEADER_LENGTH + 32);
    }

    private String paced(int count, int perSecond, int bytes, int seconds) throws Exception {
        require(count);
        clients.forEach(RelayLoadClient::reset);
        long startNs = System.nanoTime();
        long endNs = startNs + TimeUnit.SECONDS.toNanos(seconds);
        List<Thread> senders = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            RelayLoadClient from = clients.get(i);
            RelayLoadClient to = clients.get(i ^ 1);
            senders.add(Thread.ofVirtual().start(() -> from.pace(to.key(), bytes, perSecond, endNs)));
        }
        for (Thread sender : senders) {
            sender.join();
        }
        Thread.sleep(500);
        long sent = clients.stream().mapToLong(RelayLoadClient::sent).sum();
        long[] all = clients.stream()
                .flatMapToLong(client -> client.latenciesNs().stream().mapToLong(Long::longValue))
                .toArray();
        return String.format(Locale.ROOT, "{\"seconds\":%d,\"sent\":%d,%s}", seconds, sent, new Latencies(all).json());
    }

    private String besieged(int count, int perSecond, int bytes, int seconds, int strangers) throws Exception {
        try (RelayStrangers siege = RelayStrangers.start(relay, strangers)) {
            String among = paced(count, perSecond, bytes, seconds);
            return among.replaceFirst("\\{", "{\"attacks\":" + siege.attacks() + ",");
        }
    }

    private void require(int count) {
        if (clients.size() < count || count % 2 != 0) {
            throw new IllegalStateException("an even number of clients that have joined");
        }
    }
}
