package io.penstock.server.relay;

import io.penstock.relay.edge.RelayIdentity;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.server.http.TlsIdentity;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a coordinator's relay is reached, checked once and then trusted.
 *
 * @param identity the relay's key
 * @param stun where STUN is answered; none for no STUN
 * @param isStunOptional whether the relay runs without STUN where its addresses are taken
 */
public record InsideRelaySettings(
        RelayIdentity identity, Door door, List<InetSocketAddress> stun, boolean isStunOptional, RelayLimits limits) {
    public InsideRelaySettings {
        stun = List.copyOf(stun);
        if (stun.stream().anyMatch(InetSocketAddress::isUnresolved)) {
            throw new IllegalArgumentException("an address that cannot be resolved");
        }
    }

    /** Where clients of the relay come in, always by TLS: they know no other way. */
    public sealed interface Door {
        /** By what name or address clients reach it. */
        String host();

        /**
         * At the coordinator's own listener, or at somebody's in front of it who has the certificate.
         *
         * @param port at which clients reach it
         * @param pinned the certificate that clients are to expect, if no authority vouches for it; else null
         */
        record Shared(String host, int port, @Nullable TlsIdentity pinned) implements Door {}

        /**
         * At a port of its own.
         *
         * @param address port 0 for any
         * @param isPinned whether clients are told to expect just this certificate, since no authority vouches for it
         */
        record OwnPort(InetSocketAddress address, String host, TlsIdentity tls, boolean isPinned) implements Door {
            public OwnPort {
                if (address.isUnresolved()) {
                    throw new IllegalArgumentException("cannot resolve " + address.getHostString());
                }
            }
        }
    }
}
