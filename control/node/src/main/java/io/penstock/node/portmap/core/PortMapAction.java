package io.penstock.node.portmap.core;

import io.penstock.protocol.portmap.IgdAction;
import io.penstock.wireguard.Endpoint;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** What {@link PortMapper} wants to have done. */
public sealed interface PortMapAction {
    /** To the gateway's port {@link io.penstock.protocol.portmap.NatPmp#PORT}, from the address that it knows us by. */
    final class Send implements PortMapAction {
        private final byte[] datagram;

        Send(byte[] datagram) {
            this.datagram = datagram;
        }

        /** Not to be changed. */
        public byte[] datagram() {
            return datagram;
        }
    }

    /**
     * To port {@link io.penstock.protocol.portmap.Ssdp#PORT}: of the gateway first, so that a firewall of this host lets its answer in,
     * and of the group.
     */
    final class Search implements PortMapAction {
        private final byte[] datagram;

        Search(byte[] datagram) {
            this.datagram = datagram;
        }

        /** Not to be changed. */
        public byte[] datagram() {
            return datagram;
        }
    }

    /**
     * An HTTP request to the gateway, which is to be answered by {@link PortMapper#onHttp}, whatever happens.
     *
     * @param call what to POST; null to GET
     */
    record Request(long number, URI uri, @Nullable IgdAction call) implements PortMapAction {}

    /** From here on peers may reach us there as well, or may no more (null). */
    record Changed(@Nullable Endpoint external) implements PortMapAction {}
}
