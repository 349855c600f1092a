package io.penstock.cli.live.matrix;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/** Runs set-ups, each through all scenarios in sequence, and holds what came of each cell. */
final class Matrix {
    private final Map<SetUp, Map<Scenario, CompletableFuture<Void>>> cells = new LinkedHashMap<>();

    /** The cells of a row; each ends when its scenario has. */
    Map<Scenario, CompletableFuture<Void>> start(SetUp setUp, ExecutorService executor) {
        Map<Scenario, CompletableFuture<Void>> row = new EnumMap<>(Scenario.class);
        for (Scenario scenario : Scenario.values()) {
            row.put(scenario, new CompletableFuture<>());
        }
        cells.put(setUp, row);
        executor.execute(() -> run(setUp, row));
        return row;
    }

    /** After a cell that failed, the rest of its row runs in a new tunnel: one fault shows in one cell. */
    private static void run(SetUp setUp, Map<Scenario, CompletableFuture<Void>> row) {
        @Nullable Tunnel tunnel = null;
        for (Map.Entry<Scenario, CompletableFuture<Void>> cell : row.entrySet()) {
            Scenario scenario = cell.getKey();
            try {
                if (tunnel == null) {
                    tunnel = new Tunnel(setUp);
                    if (scenario != Scenario.FIRST_HANDSHAKE) {
                        Scenario.FIRST_HANDSHAKE.run(tunnel);
                    }
                }
                scenario.run(tunnel);
                if (scenario == Scenario.RESTART) {
                    tunnel.close();
                }
                cell.getValue().complete(null);
            } catch (Throwable t) {
                if (tunnel != null) {
                    close(tunnel, t);
                    tunnel = null;
                }
                cell.getValue().completeExceptionally(t);
            }
        }
    }

    private static void close(Tunnel tunnel, Throwable cause) {
        try {
            tunnel.close();
        } catch (Throwable t) {
            cause.addSuppressed(t);
        }
    }

    /** The table in Markdown; a cell that has not ended is empty. */
    String table() {
        List<String> titles = new ArrayList<>(List.of("peer", "outside", "initiator", "PSK"));
        for (Scenario scenario : Scenario.values()) {
            titles.add(scenario.title());
        }
        StringBuilder text = new StringBuilder();
        line(text, titles);
        line(text, titles.stream().map(title -> "---").toList());
        cells.forEach((setUp, row) -> {
            List<String> fields = new ArrayList<>(List.of(
                    setUp.peer().name(),
                    setUp.v6Outside() ? "IPv6" : "IPv4",
                    setUp.weInitiate() ? "we" : "peer",
                    setUp.withPresharedKey() ? "yes" : "no"));
            row.forEach((scenario, cell) ->
                    fields.add(!cell.isDone() ? "" : cell.isCompletedExceptionally() ? "**failed**" : "ok"));
            line(text, fields);
        });
        return text.toString();
    }

    private static void line(StringBuilder text, List<String> fields) {
        text.append("| ").append(String.join(" | ", fields)).append(" |\n");
    }
}
