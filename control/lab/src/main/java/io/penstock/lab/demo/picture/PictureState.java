package io.penstock.lab.demo.picture;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that the picture shows, at one moment.
 *
 * @param elapsedNs since the demo began
 * @param engine cipher engine, null as long as none is known
 * @param coordinator null where there is none
 * @param panel blocks of lines to show instead of sites, figures and events; empty for these
 * @param keys what can be pressed: a letter, then what it does
 */
public record PictureState(
        String id,
        long elapsedNs,
        @Nullable String engine,
        int mtu,
        int cores,
        Site a,
        Site b,
        @Nullable Coordinator coordinator,
        Path path,
        Flow forward,
        Flow backward,
        RoundTrips roundTrips,
        Cpu cpu,
        List<Event> events,
        List<List<String>> panel,
        List<Key> keys) {

    /**
     * One site.
     *
     * @param gateway its public address
     * @param isUp whether its interface program answers
     */
    public record Site(String host, String gateway, boolean isUp) {}

    /**
     * The way between the gateways.
     *
     * @param name what it is, while it answers
     * @param silentNs how long probes have had no answer, 0 if they have
     * @param note what more there is to say
     */
    public record Path(String name, long silentNs, String note) {}

    /**
     * Who has made the gateways known to each other.
     *
     * @param name with its address
     * @param isUp whether it runs
     * @param hasA whether gateway A is connected with it
     * @param hasB whether gateway B is
     * @param carries whether the traffic goes through the relay inside
     */
    public record Coordinator(String name, boolean isUp, boolean hasA, boolean hasB, boolean carries) {}

    /** One direction of the traffic, in bits per second. */
    public record Flow(double bitsPerSecond, History history) {}

    /**
     * Round trips of small datagrams between the hosts.
     *
     * @param nowNs median of the last interval, 0 without an answer
     * @param p50Ns of the last half minute, like the other two
     * @param history medians in milliseconds
     */
    public record RoundTrips(
            long nowNs, long p50Ns, long p99Ns, long maxNs, History history, long sentProbes, long lostProbes) {}

    /**
     * Processor time, in cores.
     *
     * @param hosts of the demo itself, which is on both hosts
     * @param machine of everything
     */
    public record Cpu(double gatewayA, double gatewayB, double hosts, double machine) {}

    /** Something that happened. */
    public record Event(long atNs, String text, Tone tone) {}

    public enum Tone {
        PLAIN,
        GOOD,
        BAD
    }

    public record Key(String key, String does) {}
}
