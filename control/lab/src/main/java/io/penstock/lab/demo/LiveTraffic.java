package io.penstock.lab.demo;

import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.lab.ProbeLedger;
import java.io.IOException;
import java.net.InetSocketAddress;

/** What the hosts of a live demo send: probes always, and a TCP stream each way that can be turned on and off. Thread-safe. */
final class LiveTraffic implements AutoCloseable {
    private static final int PORT_FORWARD = 7_001;
    private static final int PORT_BACKWARD = 7_002;

    private final Probes probes;
    private final LiveStream forward;
    private final LiveStream backward;

    /** Which streams are on, in the order of the key that changes it. */
    enum Pattern {
        A_TO_B(true, false, "TCP A to B"),
        B_TO_A(false, true, "TCP B to A"),
        BOTH(true, true, "TCP both ways"),
        IDLE(false, false, "idle");

        private final boolean isForward;
        private final boolean isBackward;
        private final String text;

        Pattern(boolean isForward, boolean isBackward, String text) {
            this.isForward = isForward;
            this.isBackward = isBackward;
            this.text = text;
        }

        Pattern next() {
            return values()[(ordinal() + 1) % values().length];
        }

        String text() {
            return text;
        }
    }

    /** @param gapNs silence of the probes that counts as an outage */
    LiveTraffic(NetworkNamespace hostA, NetworkNamespace hostB, Topology topology, long gapNs) throws Exception {
        String addressA = topology.a().hostAddress();
        String addressB = topology.b().hostAddress();
        probes = new Probes(hostA, hostB, addressB, gapNs);
        forward = new LiveStream("demo-a-to-b", hostA, hostB, new InetSocketAddress(addressB, PORT_FORWARD));
        backward = new LiveStream("demo-b-to-a", hostB, hostA, new InetSocketAddress(addressA, PORT_BACKWARD));
    }

    void turnTo(Pattern pattern) {
        forward.turn(pattern.isForward);
        backward.turn(pattern.isBackward);
    }

    ProbeLedger probes() {
        return probes.ledger();
    }

    LiveStream forward() {
        return forward;
    }

    LiveStream backward() {
        return backward;
    }

    @Override
    public void close() throws IOException {
        probes.close();
        forward.close();
        backward.close();
    }
}
