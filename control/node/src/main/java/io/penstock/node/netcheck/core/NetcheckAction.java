package io.penstock.node.netcheck.core;

import io.penstock.protocol.stun.discovery.ProbeSocket;
import io.penstock.wireguard.Endpoint;

/** What is to be done next. */
public sealed interface NetcheckAction {
    /** Send it from that socket, of the address's family. */
    final class Send implements NetcheckAction {
        private final ProbeSocket from;
        private final Endpoint to;
        private final byte[] datagram;

        Send(ProbeSocket from, Endpoint to, byte[] datagram) {
            this.from = from;
            this.to = to;
            this.datagram = datagram;
        }

        public ProbeSocket from() {
            return from;
        }

        public Endpoint to() {
            return to;
        }

        /** Not to be changed. */
        public byte[] datagram() {
            return datagram;
        }
    }

    /** Look a name up, then {@link Netcheck#onResolved}, whatever comes of it. */
    record Resolve(String hostName) implements NetcheckAction {}

    /** Find out how long it takes to connect to the relay of this region, then {@link Netcheck#onConnectTime}. */
    record MeasureConnect(int region) implements NetcheckAction {}
}
