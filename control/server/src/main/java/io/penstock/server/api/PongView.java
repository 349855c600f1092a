package io.penstock.server.api;

import io.penstock.server.machine.Pings;
import io.penstock.server.model.Node;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What became of a ping, as the API shows it.
 *
 * @param way {@code head} or {@code echo}
 * @param answered whether the right answer came in time
 * @param roundTripMicros from the ping's way into the node's stream to its answer; null if none came
 * @param problem in words, null if there is none
 */
record PongView(
        long node,
        String name,
        String way,
        boolean answered,
        @Nullable Long roundTripMicros,
        @Nullable String problem) {
    static PongView of(Node node, Pings.Way way, Pings.Pong pong, Duration timeout) {
        return switch (pong) {
            case Pings.Pong.Answered in -> of(node, way, in.roundTripNs() / 1000, null);
            case Pings.Pong.Silent none ->
                of(node, way, null, "no answer within " + timeout.toSeconds() + " s, though it is connected");
            case Pings.Pong.Wrong wrong -> of(node, way, null, wrong.why());
            case Pings.Pong.Ended ended -> of(node, way, null, "the coordinator ended before an answer came");
        };
    }

    private static PongView of(Node node, Pings.Way way, @Nullable Long roundTripMicros, @Nullable String problem) {
        return new PongView(
                node.id(), node.name(), way.name().toLowerCase(Locale.ROOT), problem == null, roundTripMicros, problem);
    }
}
