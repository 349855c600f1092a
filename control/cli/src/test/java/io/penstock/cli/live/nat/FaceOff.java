package io.penstock.cli.live.nat;

import io.penstock.cli.live.Packet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** How far each datagram between two gateways got: at each of four places there was a capture. Pure. */
final class FaceOff {
    private static final int PING_LENGTH = 124;
    private static final int PONG_LENGTH = 110;
    private static final int PLACES = 4;

    /**
     * A datagram.
     *
     * @param isFromFirst whether it comes from the gateway that sent the first of all
     * @param kind of discovery message, which its length tells; what is in it is sealed
     * @param places that it came to, 1 to 4: its gateway's link, its router's, the other router's, the other gateway's
     */
    record Step(boolean isFromFirst, String kind, int places) {
        boolean hasArrived() {
            return places == PLACES;
        }
    }

    private FaceOff() {}

    /**
     * The datagrams in the order in which they were sent.
     *
     * @param captures at the links of the left gateway, the left router's outside, the right router's outside and the right gateway
     * @param left address of the left gateway, as packets have it
     */
    static List<Step> steps(List<List<Packet>> captures, String left) {
        List<Packet> sent = new ArrayList<>();
        captures.get(0).stream().filter(packet -> packet.source().equals(left)).forEach(sent::add);
        captures.get(3).stream().filter(packet -> !packet.source().equals(left)).forEach(sent::add);
        sent.sort(Comparator.comparingLong(Packet::timeNs));
        List<Step> steps = new ArrayList<>();
        for (Packet packet : sent) {
            boolean isLeft = packet.source().equals(left);
            int places = 0;
            for (int i = 0; i < PLACES; i++) {
                List<Packet> capture = captures.get(isLeft ? i : PLACES - 1 - i);
                if (capture.stream().anyMatch(other -> Arrays.equals(other.payload(), packet.payload()))) {
                    places++;
                }
            }
            boolean isFromFirst = packet.source().equals(sent.getFirst().source());
            steps.add(new Step(isFromFirst, kind(packet), places));
        }
        return steps;
    }

    private static String kind(Packet packet) {
        return switch (packet.payloadLength()) {
            case PING_LENGTH -> "ping";
            case PONG_LENGTH -> "pong";
            default -> "other";
        };
    }

    /** The datagrams as a drawing, with the gateway that sent first at the left. */
    static String draw(List<Step> steps) {
        StringBuilder text = new StringBuilder("""
                            2.2.2.2:1234                                          7.7.7.7:5678
                            gateway   firewall   firewall    firewall   firewall   gateway
                                      of host    of router   of router  of host
                """);
        int number = 1;
        for (Step step : steps) {
            text.append(" %d %s     ".formatted(number++, step.kind()));
            text.append(step.isFromFirst() ? line(step) : mirrored(line(step))).append('\n');
        }
        return text.toString();
    }

    /** From left to right, as far as it got. */
    private static String line(Step step) {
        StringBuilder line = new StringBuilder("●");
        line.append("━━━━━━━━━━┿━━━━━━━━━━┿");
        if (step.places() > 2) {
            line.append(step.places() > 3 ? "━━━━━━━━━━━┿━━━━━━━━━━┿━━━━━━━━━━▶" : "━━━━━━━━━━━✗ dropped");
        }
        return line.toString();
    }

    private static String mirrored(String line) {
        return new StringBuilder(line.replace('▶', '◀')).reverse().toString();
    }
}
