package io.penstock.lab.cipher;

import io.penstock.engine.aead.AeadEngines;
import io.penstock.lab.JsonWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * What the engines of this machine take.
 *
 * @param chosen name of the engine that a tunnel begins with
 * @param rounds that each time is taken from, fewer where an engine is slow
 */
public record CipherReport(String chosen, int rounds, List<Engine> engines, List<AeadEngines.Refusal> unavailable) {
    public CipherReport {
        engines = List.copyOf(engines);
        unavailable = List.copyOf(unavailable);
    }

    /** An engine and its times, by packet length. */
    public record Engine(String name, String description, List<Times> times) {
        public Engine {
            times = List.copyOf(times);
        }
    }

    /**
     * Times of packets of one length.
     *
     * @param seal of a packet among those of a superpacket
     * @param open the same
     * @param alone sealed one at a time
     */
    public record Times(int lengthBytes, Time seal, Time open, Time alone) {}

    /** Nanoseconds per packet: of the fastest round, and the median over the rounds. */
    public record Time(double leastNs, double medianNs) {
        /** What one core does with packets of that length, by the median. */
        double gbitPerSecond(int lengthBytes) {
            return lengthBytes * 8 / medianNs;
        }
    }

    /** Writes the members of an open object. */
    public void writeMembers(JsonWriter json) {
        json.name("chosen").value(chosen);
        json.name("packets").value(CipherTask.PACKETS);
        json.name("rounds").value(rounds);
        json.name("engines").beginArray();
        for (Engine engine : engines) {
            json.beginObject();
            json.name("name").value(engine.name());
            json.name("description").value(engine.description());
            json.name("lengths").beginArray();
            for (Times times : engine.times()) {
                json.beginObject();
                json.name("bytes").value(times.lengthBytes());
                write(json, "seal", times.seal(), times.lengthBytes());
                write(json, "open", times.open(), times.lengthBytes());
                write(json, "alone", times.alone(), times.lengthBytes());
                json.endObject();
            }
            json.endArray().endObject();
        }
        json.endArray();
        json.name("unavailable").beginArray();
        for (AeadEngines.Refusal refusal : unavailable) {
            json.beginObject();
            json.name("name").value(refusal.name());
            json.name("reason").value(refusal.reason());
            json.endObject();
        }
        json.endArray();
    }

    private static void write(JsonWriter json, String name, Time time, int lengthBytes) {
        json.name(name).beginObject();
        json.name("leastNs").value(time.leastNs(), 1);
        json.name("medianNs").value(time.medianNs(), 1);
        json.name("gbitPerSecond").value(time.gbitPerSecond(lengthBytes), 3);
        json.endObject();
    }

    /** A table for people. */
    public String text() {
        StringBuilder text = new StringBuilder(
                        "ChaCha20-Poly1305 on one core: nanoseconds per packet, fastest round and median of up to ")
                .append(rounds)
                .append("\n\n  ");
        text.append(String.format(Locale.ROOT, "%-14s", ""));
        for (Times times : engines.getFirst().times()) {
            text.append(String.format(Locale.ROOT, "%19s", times.lengthBytes() + " B"));
        }
        text.append("    Gbit/s at the longest\n");
        for (Engine engine : engines) {
            text.append(engine.name().equals(chosen) ? "\n* " : "\n  ")
                    .append(engine.description())
                    .append('\n');
            row(text, "seal", engine, Times::seal);
            row(text, "open", engine, Times::open);
            row(text, "seal, alone", engine, Times::alone);
        }
        text.append("\n* what a tunnel begins with (another: penstock wg --aead NAME). ")
                .append(CipherTask.PACKETS)
                .append(" packets at a time; alone: one at a time.\n");
        for (AeadEngines.Refusal refusal : unavailable) {
            text.append("not available: ").append(refusal).append('\n');
        }
        return text.toString();
    }

    private static void row(StringBuilder text, String label, Engine engine, Function<Times, Time> column) {
        text.append(String.format(Locale.ROOT, "  %-14s", label));
        for (Times times : engine.times()) {
            Time time = column.apply(times);
            text.append(String.format(Locale.ROOT, "%11.0f %7.0f", time.leastNs(), time.medianNs()));
        }
        Times longest = engine.times().getLast();
        text.append(
                String.format(Locale.ROOT, "    %6.2f\n", column.apply(longest).gbitPerSecond(longest.lengthBytes())));
    }
}
