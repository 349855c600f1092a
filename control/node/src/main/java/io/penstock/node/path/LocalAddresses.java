package io.penstock.node.path;

import io.penstock.wireguard.Endpoint;
import java.lang.System.Logger.Level;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Addresses of the host's interfaces. */
public interface LocalAddresses {
    /** Addresses of nobody, which only a default route leads to: RFC 5737 and RFC 3849. */
    List<InetAddress> OUTSIDE = List.of(InetAddress.ofLiteral("198.51.100.1"), InetAddress.ofLiteral("2001:db8::1"));

    /** Of all interfaces that are up, loopback included, with port 0, in an order that stays; null if the system does not tell. */
    @Nullable List<Endpoint> list();

    /**
     * From which of them datagrams leave for the internet as its routes are, one of each family at most; nothing is sent to find out.
     * Empty if nobody can tell.
     */
    default List<Endpoint> ways() {
        return List.of();
    }

    /** As the system has them. */
    static LocalAddresses ofSystem() {
        return new LocalAddresses() {
            @Override
            public @Nullable List<Endpoint> list() {
                return ofInterfaces();
            }

            @Override
            public List<Endpoint> ways() {
                return OUTSIDE.stream().flatMap(LocalAddresses::way).toList();
            }
        };
    }

    /** A UDP socket that is connected has the source address that its route asks for (connect(2)). */
    private static Stream<Endpoint> way(InetAddress to) {
        try (DatagramSocket probe = new DatagramSocket()) {
            probe.connect(new InetSocketAddress(to, 9));
            return Stream.of(of(probe.getLocalAddress()));
        } catch (SocketException e) {
            System.getLogger(LocalAddresses.class.getName()).log(Level.TRACE, "no way to {0}: {1}", to, e.getMessage());
            return Stream.empty();
        }
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
