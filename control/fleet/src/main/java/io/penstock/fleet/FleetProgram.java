package io.penstock.fleet;

import io.penstock.node.coordination.CoordinatorAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ssl.SSLException;

/**
 * A fleet that is told what to do by lines on its standard input and answers each with a line of JSON:
 *
 * <pre>
 * join COUNT SECONDS              so many in all join and get their first map
 * move COUNT GAP_MS SECONDS       so many members change, with a gap between their beginnings
 * lost COUNT SECONDS              no more than so many have a map
 * back COUNT SECONDS              at least so many have a map
 * </pre>
 *
 * Arguments: URL, number of nodes, size of a group, seed. The first line of the input is the keys, with blanks between.
 */
public final class FleetProgram {
    private final Fleet fleet;
    private final List<Integer> order; // each once, since of two changes of a member the later counts
    private int next;

    private FleetProgram(Fleet fleet, Random random) {
        this.fleet = fleet;
        order = new ArrayList<>(IntStream.range(0, fleet.size()).boxed().toList());
        Collections.shuffle(order, random);
    }

    /** See the class. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String keys = in.readLine();
        if (keys == null || arguments.length != 4) {
            throw new IllegalArgumentException("URL NODES GROUP_SIZE SEED, and the keys as a first line of input");
        }
        try (Fleet fleet = new Fleet(
                CoordinatorAddress.of(arguments[0]),
                Integer.parseInt(arguments[1]),
                Integer.parseInt(arguments[2]),
                List.of(keys.split(" ")),
                new FleetEntropy())) {
            FleetProgram program = new FleetProgram(fleet, new Random(Long.parseLong(arguments[3])));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.println(program.answer(line.split(" ")));
            }
        }
    }

    private String answer(String[] words) throws InterruptedException {
        long startNs = System.nanoTime();
        String did;
        try {
            did = perform(words);
        } catch (IllegalStateException | SSLException e) {
            return "{\"did\":\"" + words[0] + "\",\"error\":\"" + escaped(String.valueOf(e.getMessage())) + "\"}";
        }
        return "{\"did\":\"%s\",\"seconds\":%s,\"following\":%d,\"bytes\":%d,\"whole_maps\":%d,\"changes\":%d%s}"
                .formatted(
                        words[0],
                        (System.nanoTime() - startNs) / 1e9,
                        fleet.following(),
                        fleet.traffic().bytes(),
                        fleet.traffic().wholeMaps(),
                        fleet.traffic().changes(),
                        did);
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"");
    }

    /** What it has to add to the answer. */
    private String perform(String[] words) throws InterruptedException, SSLException {
        int last = Integer.parseInt(words[words.length - 1]);
        long timeoutNs = TimeUnit.SECONDS.toNanos(last);
        switch (words[0]) {
            case "join" -> fleet.join(Integer.parseInt(words[1]), timeoutNs);
            case "lost" -> fleet.await(false, Integer.parseInt(words[1]), timeoutNs);
            case "back" -> fleet.await(true, Integer.parseInt(words[1]), timeoutNs);
            case "move" -> {
                return move(Integer.parseInt(words[1]), Integer.parseInt(words[2]), timeoutNs);
            }
            default -> throw new IllegalStateException("not a command");
        }
        return "";
    }

    private String move(int count, int gapMs, long timeoutNs) throws InterruptedException {
        List<Change> moved = new ArrayList<>();
        long startNs = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long dueNs = startNs + TimeUnit.MILLISECONDS.toNanos((long) i * gapMs);
            TimeUnit.NANOSECONDS.sleep(Math.max(0, dueNs - System.nanoTime()));
            moved.add(fleet.move(nextJoined()));
        }
        long endNs = System.nanoTime() + timeoutNs;
        long[] all = new long[moved.stream().mapToInt(Change::viewers).sum()];
        long[] slowest = new long[count];
        int reached = 0;
        for (int i = 0; i < count; i++) {
            Change change = moved.get(i);
            var _ = change.await(Math.max(1, endNs - System.nanoTime())); // those it has not reached are counted
            fleet.forget(change);
            long[] latencies = change.latenciesNs();
            System.arraycopy(latencies, 0, all, reached, latencies.length);
            reached += latencies.length;
            slowest[i] = Arrays.stream(latencies).max().orElse(0);
        }
        String fault = fleet.fault();
        if (fault != null) {
            throw new IllegalStateException(fault);
        }
        return ",\"expected\":%d,\"reached\":{%s},\"last_viewer\":{%s}"
                .formatted(
                        all.length, new Latencies(Arrays.copyOf(all, reached)).json(), new Latencies(slowest).json());
    }

    private int nextJoined() {
        while (order.get(next++ % order.size()) >= fleet.started()) {
            // those behind have not come yet
        }
        return order.get((next - 1) % order.size());
    }
}
