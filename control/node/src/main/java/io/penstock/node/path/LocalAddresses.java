package io.penstock.node.path;

import io.penstock.wireguard.Endpoint;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses of the host's interfaces. */
public interface LocalAddresses {
    /** Of all interfaces that are up, loopback included, with port 0, in an order that stays; null if the system does not tell. */
    @Nullable List<Endpoint> list();

    /** As the system has them. */
    static LocalAddresses ofSystem() {
        return LocalAddresses::ofInterfaces;
    }

    private static @Nullable List<Endpoint> ofInterfaces() {
        List<Endpoint> addresses = new ArrayList<>();
        try {
            for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
                if (each.isUp()) {
                    each.inetAddresses().map(LocalAddresses::of).forEach(addresses::add);
                }
            }
        } catch (SocketException e) {
            System.getLogger(LocalAddresses.class.getName()).log(Level.DEBUG, "an interface went meanwhile", e);
            return null;
        }
        addresses.sort(Comparator.comparing(Endpoint::isV6)
                .thenComparing(Endpoint::high, Long::compareUnsigned)
                .thenComparing(Endpoint::low, Long::compareUnsigned));
        return addresses;
    }

    /** An address as an endpoint with port 0; zones are left out. */
    static Endpoint of(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return bytes.remaining() == Integer.BYTES
                ? Endpoint.v4(bytes.getInt(), 0)
                : Endpoint.v6(bytes.getLong(), bytes.getLong(), 0, 0);
    }
}
