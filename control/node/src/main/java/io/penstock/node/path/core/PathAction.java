package io.penstock.node.path.core;

import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;

/** What is to be done next. */
public sealed interface PathAction {
    /** Send it from the tunnel's port; of a failure {@link PathCore#onSendFailed} is told. */
    final class SendDatagram implements PathAction {
        private final Endpoint to;
        private final byte[] datagram;

        SendDatagram(Endpoint to, byte[] datagram) {
            this.to = to;
            this.datagram = datagram;
        }

        public Endpoint to() {
            return to;
        }

        /** The caller's from here on. */
        public byte[] datagram() {
            return datagram;
        }
    }

    /** Likewise, but not in fragments: no router may cut it, and if the system refuses it nobody is told. */
    final class SendWhole implements PathAction {
        private final Endpoint to;
        private final byte[] datagram;

        SendWhole(Endpoint to, byte[] datagram) {
            this.to = to;
            this.datagram = datagram;
        }

        public Endpoint to() {
            return to;
        }

        /** The caller's from here on. */
        public byte[] datagram() {
            return datagram;
        }
    }

    /** Send it through the relay of a region. */
    final class SendRelayed implements PathAction {
        private final int region;
        private final NodeKey to;
        private final byte[] packet;

        SendRelayed(int region, NodeKey to, byte[] packet) {
            this.region = region;
            this.to = to;
            this.packet = packet;
        }

        public int region() {
            return region;
        }

        public NodeKey to() {
            return to;
        }

        /** The caller's from here on. */
        public byte[] packet() {
            return packet;
        }
    }

    /** From here on the tunnel sends to this peer there: an address, or {@link Endpoint#relay}. */
    record UseEndpoint(NodeKey peer, Endpoint endpoint) implements PathAction {}

    /** What the node tells of itself is something else. */
    record StatusChanged(PathStatus status) implements PathAction {}

    /** Be at home at the relay of this region; 0 for none. */
    record UseHome(int region) implements PathAction {}

    /** Look a name up, then {@link PathCore#onResolved}. */
    record Resolve(String hostName) implements PathAction {}

    /** Find out how long it takes to connect to the relay of this region, then {@link PathCore#onConnectTime}. */
    record MeasureConnect(int region) implements PathAction {}

    /** An answer to {@link PathCore#ping}, or what is in its way. */
    record PingDone(long number, PingResult result) implements PathAction {}
}
