package io.penstock.cli.live;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs of iperf3 between two sites, each with a server of its own: between two runs, a server resets whoever comes too early. */
public final class Iperf3 {
    private static final Duration MOMENT = Duration.ofSeconds(5);

    private Iperf3() {}

    /** One run, which must succeed. Returns what the client printed. */
    public static String run(Site server, Site client, String to, String... arguments) {
        server.need("iperf3", "-s", "-1", "-D");
        Await.until("iperf3 listens", MOMENT, () -> isListening(server));
        List<String> command = new ArrayList<>(List.of("iperf3", "-c", to));
        command.addAll(List.of(arguments));
        String out = client.run(Map.of(), command).mustSucceed();
        Await.until("the server ends", MOMENT, () -> !isListening(server));
        return out;
    }

    private static boolean isListening(Site server) {
        return server.need("ss", "-tlnH").contains(":5201 ");
    }
}
