package io.penstock.server.relay;

import io.penstock.protocol.message.DerpNode;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.relay.tls.PinnedTrust;
import io.penstock.server.http.TlsIdentity;
import io.penstock.server.model.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * The region of the relay inside the coordinator, as nodes are told of it.
 *
 * @param host name or address by which nodes reach it; an IPv6 address may be in brackets, as in a URL
 * @param port of TLS
 * @param stunPort of UDP, {@link #NO_STUN} for none
 * @param pinned the certificate to expect, if no authority vouches for it
 */
public record OwnRegion(String host, int port, int stunPort, Optional<TlsIdentity> pinned) {
    /** The first of those that are for one's own; whoever names another gives up this one. */
    public static final int ID = 900;

    public static final int NO_STUN = -1;

    private static final String CODE = "penstock";
    private static final String NAME = "Coordinator";
    private static final String NO_ADDRESS = "none";

    /** The same at another port of TLS. */
    public OwnRegion withPort(int other) {
        return new OwnRegion(host, other, stunPort, pinned);
    }

    public DerpRegion message() {
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        DerpNode.Builder node = DerpNode.builder()
                .name(ID + "a")
                .regionId(ID)
                .hostName(bare)
                .derpPort(port)
                .stunPort(stunPort)
                .certName(pinned.map(tls -> PinnedTrust.PREFIX + tls.fingerprint())
                        .orElse(""));
        literal(bare).ifPresent(address -> {
            if (address.isV6()) {
                node.ipv4(NO_ADDRESS).ipv6(address.toString());
            } else {
                node.ipv4(address.toString()).ipv6(NO_ADDRESS);
            }
        });
        return new DerpRegion(ID, CODE, NAME, 0, 0, false, false, List.of(node.build()));
    }

    /** Empty for a name, which nodes ask the DNS for. */
    private static Optional<IpAddress> literal(String host) {
        try {
            return Optional.of(IpAddress.parse(host));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
