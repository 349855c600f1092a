package io.penstock.cli.live.nat;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.node.Transfer;
import io.penstock.lab.nat.NatKind;
import io.penstock.node.api.PeerPath;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Two sites for each kind of router, one left and one right, each with a gateway that runs our daemon, or another; all joined.
 *
 * <pre>
 *   host ── gateway l0 ── full cone ───╮                ╭─── full cone ── gateway r0 ── host
 *   host ── gateway l1 ── restricted ──┤                ├── restricted ── gateway r1 ── host
 *                 ...                  ├── internet ────┤                 ...
 *   host ── gateway l6 ── UDP blocked ─╯  coordinator   ╰─ UDP blocked ── gateway r6 ── host
 * </pre>
 *
 * The two hairpin sites share one router.
 */
final class Grid implements AutoCloseable {
    private static final int BYTES = 1 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** How long a path that should not become direct is looked at, which is longer than any that does needs. */
    private static final long RELAY_FOR_NS = TimeUnit.SECONDS.toNanos(5);

    /** How long one may take that should. */
    private static final long DIRECT_WITHIN_NS = TimeUnit.SECONDS.toNanos(40);

    private static final int LEFT_NUMBER = 10;
    private static final int RIGHT_NUMBER = 20;
    private static final int PORT = 41_700;
    private static final int STARTS_AT_ONCE = 3;

    private final List<NatSite> leftSites = new ArrayList<>();
    private final List<NatSite> rightSites = new ArrayList<>();
    private final List<MeshGateway> left = new ArrayList<>();
    private final List<MeshGateway> right = new ArrayList<>();
    private final MeshGateway.Maker maker;
    private final Internet internet = new Internet();
    private final Coordination coordination;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /**
     * What became of a pair.
     *
     * @param verdict the path that both sides use in the end
     * @param firstByteMs from the first attempt to connect until the first answer was there
     * @param directMs from there on, until both sides used a direct path; -1 if they did not
     */
    record Cell(NatKind left, NatKind right, PeerPath.Kind verdict, long firstByteMs, long directMs) {
        boolean isAsTheorySays() {
            return verdict == (left.canMeet(right) ? PeerPath.Kind.DIRECT : PeerPath.Kind.RELAY);
        }

        String text() {
            return verdict == PeerPath.Kind.DIRECT
                    ? String.format(Locale.ROOT, "direct %.1f", directMs / 1e3)
                    : verdict.toString();
        }
    }

    /** Starts everything, and waits until everybody has joined. */
    Grid(Path folder, MeshGateway.Maker maker) throws Exception {
        this.maker = maker;
        coordination = new Coordination(internet.site, folder);
        for (NatKind kind : NatKind.values()) {
            int index = kind.ordinal();
            NatSite site = NatSite.make(internet, "l" + index, kind, LEFT_NUMBER + index);
            leftSites.add(site);
            rightSites.add(
                    kind == NatKind.HAIRPIN
                            ? NatSite.beside(site, "r" + index, RIGHT_NUMBER + index)
                            : NatSite.make(internet, "r" + index, kind, RIGHT_NUMBER + index));
        }
        List<Callable<MeshGateway>> starts = new ArrayList<>();
        leftSites.forEach(site -> starts.add(() -> start(site, folder)));
        rightSites.forEach(site -> starts.add(() -> start(site, folder)));
        try (ExecutorService few = Executors.newFixedThreadPool(STARTS_AT_ONCE)) {
            for (Future<MeshGateway> gateway : few.invokeAll(starts)) {
                (left.size() < leftSites.size() ? left : right).add(gateway.get());
            }
        }
        for (MeshGateway gateway : left) {
            Await.until(gateway.name() + " knows all", LIMIT, () -> gateway.peers() >= starts.size() - 1);
        }
    }

    private MeshGateway start(NatSite site, Path folder) throws IOException {
        Path own = folder.resolve(site.name);
        MeshGateway gateway = maker.make(site.name, site.gateway, own);
        gateway.join(coordination, PORT + site.number, site.network() + "0/24"); // two behind one router: two ports
        return gateway;
    }

    private <T> List<T> all(List<Callable<T>> tasks) throws Exception {
        List<T> results = new ArrayList<>();
        for (Future<T> future : threads.invokeAll(tasks)) {
            results.add(future.get());
        }
        return results;
    }

    /** Lets each left site talk with each right one. */
    List<Cell> talk() throws Exception {
        List<Cell> cells = new ArrayList<>();
        for (int shift = 0; shift < left.size(); shift++) {
            cells.addAll(talk(shift)); // each gateway is in one pair
        }
        return cells;
    }

    /** Lets each left site talk with the right one so many further on, all at the same time. */
    private List<Cell> talk(int shift) throws Exception {
        List<Callable<Cell>> pairs = new ArrayList<>();
        for (int i = 0; i < left.size(); i++) {
            int row = i;
            int column = (i + shift) % right.size();
            pairs.add(() -> {
                try {
                    return talk(row, column);
                } catch (Exception | AssertionError e) {
                    throw new AssertionError(leftSites.get(row).kind + " with " + rightSites.get(column).kind, e);
                }
            });
        }
        return all(pairs);
    }

    private Cell talk(int row, int column) throws Exception {
        NatSite from = leftSites.get(row);
        NatSite to = rightSites.get(column);
        long startNs = System.nanoTime();
        from.host.awaitReach(to.hostAddress(), LIMIT);
        long reachedNs = System.nanoTime();
        Transfer.mustPass(from.host, from.hostAddress(), to.host, to.hostAddress(), BYTES);
        PeerPath.Kind first = watch(row, column, reachedNs);
        long foundNs = System.nanoTime();
        Transfer.mustPass(to.host, to.hostAddress(), from.host, from.hostAddress(), BYTES);
        // On a machine with much else to do a path may look dead for a moment; one that cannot be must not be there for
        // a moment.
        PeerPath.Kind last = watch(row, column, System.nanoTime());
        PeerPath.Kind verdict = first == PeerPath.Kind.DIRECT && !from.kind.canMeet(to.kind) ? first : last;
        boolean isDirect = verdict == PeerPath.Kind.DIRECT;
        return new Cell(
                from.kind,
                to.kind,
                verdict,
                TimeUnit.NANOSECONDS.toMillis(reachedNs - startNs),
                isDirect ? TimeUnit.NANOSECONDS.toMillis(foundNs - reachedNs) : -1);
    }

    /** Pings until the path is direct, or for as long as it takes to say that it does not become so. */
    private PeerPath.Kind watch(int row, int column, long sinceNs) {
        NatSite from = leftSites.get(row);
        NatSite to = rightSites.get(column);
        long limitNs = from.kind.canMeet(to.kind) ? DIRECT_WITHIN_NS : RELAY_FOR_NS;
        PeerPath.Kind verdict = verdict(row, column);
        while (verdict != PeerPath.Kind.DIRECT && System.nanoTime() - sinceNs < limitNs) {
            from.host.reaches(to.hostAddress());
            Await.millis(100);
            verdict = verdict(row, column);
        }
        return verdict;
    }

    /** Direct if both sides send directly to where the other's router is; the relay's if one does not. */
    private PeerPath.Kind verdict(int row, int column) {
        PeerPath there = left.get(row).path(right.get(column).name());
        PeerPath back = right.get(column).path(left.get(row).name());
        if (there.kind() == PeerPath.Kind.DIRECT && back.kind() == PeerPath.Kind.DIRECT) {
            mustBeAt(rightSites.get(column), there.addr());
            mustBeAt(leftSites.get(row), back.addr());
            return PeerPath.Kind.DIRECT;
        }
        return there.kind() == PeerPath.Kind.NONE ? PeerPath.Kind.NONE : PeerPath.Kind.RELAY;
    }

    private static void mustBeAt(NatSite site, @Nullable String address) {
        if (address == null || !address.startsWith(site.publicAddress() + ":")) {
            throw new AssertionError(site + " is at " + site.publicAddress() + ", not at " + address);
        }
    }

    /** Rows are the left sites' kinds, columns the right ones'; seconds until the path was direct. */
    static String table(List<Cell> cells) {
        StringBuilder text = new StringBuilder("|  |");
        for (NatKind column : NatKind.values()) {
            text.append(' ').append(column).append(" |");
        }
        text.append("\n|").append(" --- |".repeat(1 + NatKind.values().length)).append('\n');
        for (NatKind row : NatKind.values()) {
            text.append("| ").append(row).append(" |");
            for (NatKind column : NatKind.values()) {
                String cell = cells.stream()
                        .filter(one -> one.left() == row && one.right() == column)
                        .map(Cell::text)
                        .collect(Collectors.joining(", "));
                text.append(' ').append(cell).append(" |");
            }
            text.append('\n');
        }
        return text.toString();
    }

    /** Of all cells together. */
    static String medians(List<Cell> cells) {
        return "median until the first byte %d ms, from there to direct %d ms"
                .formatted(
                        median(cells.stream().map(Cell::firstByteMs).toList()),
                        median(cells.stream()
                                .map(Cell::directMs)
                                .filter(ms -> ms >= 0)
                                .toList()));
    }

    private static long median(List<Long> values) {
        return values.isEmpty() ? -1 : values.stream().sorted().toList().get(values.size() / 2);
    }

    /** The end of what the gateways of these pairs have logged. */
    String logs(List<Cell> cells) {
        return cells.stream()
                .map(cell -> cell + "\n" + left.get(cell.left().ordinal()).log() + "\n"
                        + right.get(cell.right().ordinal()).log())
                .collect(Collectors.joining("\n"));
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        left.forEach(MeshGateway::close);
        right.forEach(MeshGateway::close);
        rightSites.forEach(NatSite::close);
        leftSites.forEach(NatSite::close);
        coordination.close();
        internet.close();
    }
}
