package io.penstock.cli.node;

import java.util.List;

/**
 * Something that happened on the way to a peer, as the daemon tells it.
 *
 * @param kind as the local API names it
 * @param agoUs before the moment of the answer
 * @param untilAgoUs of the last of {@code count} that are one
 * @param addr empty where there is none
 * @param relay a region, or empty
 * @param rtt such as {@code 1.2 ms}, or empty
 * @param rttUs the same in microseconds, -1 without one
 * @param bytes 0 for none
 */
record PathEvent(
        String kind,
        long agoUs,
        long untilAgoUs,
        String addr,
        String relay,
        String rtt,
        long rttUs,
        long bytes,
        long count) {
    static List<PathEvent> all(Reply debug) {
        return debug.items("events").stream().map(PathEvent::of).toList();
    }

    private static PathEvent of(Reply event) {
        String ms = event.text("rtt_ms");
        return new PathEvent(
                event.text("kind"),
                event.number("ago_us"),
                event.number("until_ago_us"),
                event.text("addr"),
                event.text("relay"),
                ms.isEmpty() ? "" : StatusText.roundTrip(event),
                ms.matches("[0-9.eE+-]+") ? Math.round(1000 * Double.parseDouble(ms)) : -1,
                event.number("bytes"),
                event.number("count"));
    }

    /** One that happened to nobody, for a legend. */
    static PathEvent sample(String kind) {
        return new PathEvent(kind, 0, 0, "", "", "", -1, 0, 1);
    }

    /** Where it belongs: an address, or the relay. */
    String place() {
        return addr.isEmpty() ? relay.isEmpty() ? "" : "relay " + relay : addr;
    }

    String what() {
        String times = count > 1 ? ", " + count + " times" : "";
        return switch (kind) {
            case "traffic" -> "traffic begins";
            case "rest" -> "no traffic: nothing is sent any more";
            case "in-map" -> addr + " is in the map";
            case "in-call" -> addr + " is in its call";
            case "seen" -> addr + " was not known, and something of it came from there";
            case "forgotten" -> addr + " is named by nobody any more";
            case "ping" -> "ping to " + place();
            case "pong" -> "answer from " + place() + " after " + rtt;
            case "no-pong" -> "no answer from " + addr + " in 5 s";
            case "kept" -> "answers from " + addr + ", the last after " + rtt + times;
            case "pinged" -> "its ping from " + addr + times;
            case "call" -> "it is called through the relay " + relay;
            case "called" -> "it calls, and names " + count + " addresses";
            case "use" -> "packets go to " + place();
            case "late" -> "an answer from " + addr + " is late";
            case "dead" -> addr + " is given up";
            case "refused" -> "the system does not send to " + addr + times;
            case "moved" -> "this node's own network is another one";
            case "restarted" -> "it is a new process";
            case "relay-up" -> "the relay " + relay + " is reached";
            case "relay-down" -> "the relay " + relay + " is not reached";
            case "carries" -> addr + " carries " + bytes + " bytes";
            case "narrow" -> addr + " does not carry full packets of " + bytes + " bytes";
            case "wide" -> addr + " carries full packets again";
            default -> kind + " " + place(); // of a newer daemon
        };
    }
}
