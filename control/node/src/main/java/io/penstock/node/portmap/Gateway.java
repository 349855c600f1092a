package io.penstock.node.portmap;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The router that packets for everywhere go to, in IPv4.
 *
 * @param device the host's interface to it
 * @param address its address, in host order
 * @param own the host's address in its network
 */
public record Gateway(String device, int address, int own) {
    private static final Path ROUTES = Path.of("/proc/net/route"); // of the main table: none of ours is in it
    private static final int UP_AND_GATEWAY = 0x3; // RTF_UP | RTF_GATEWAY
    private static final System.Logger LOG = System.getLogger(Gateway.class.getName());

    /** Where it is looked for. */
    public interface Source {
        /** The gateway, or null if there is none that could be asked for ports. */
        @Nullable Gateway find();
    }

    /** What the kernel's main table has, if it is a router of a private network: others do not map ports. */
    public static @Nullable Gateway ofSystem() {
        try {
            Route route = best(Files.readAllLines(ROUTES));
            if (route == null || !isPrivate(route.gateway())) {
                return null;
            }
            NetworkInterface device = NetworkInterface.getByName(route.device());
            if (device == null) {
                return null;
            }
            for (InterfaceAddress each : device.getInterfaceAddresses()) {
                if (each.getAddress() instanceof Inet4Address address) {
                    int own = ByteBuffer.wrap(address.getAddress()).getInt();
                    int length = each.getNetworkPrefixLength();
                    int mask = length == 0 ? 0 : -1 << (32 - length);
                    if ((own & mask) == (route.gateway() & mask)) {
                        return new Gateway(route.device(), route.gateway(), own);
                    }
                }
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the routes cannot be read", e);
        }
        return null;
    }

    /** A default route. */
    record Route(String device, int gateway, long metric) {}

    /** The default route through a router with the least metric, of the lines of {@code /proc/net/route}; null if there is none. */
    static @Nullable Route best(List<String> lines) {
        Route best = null;
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            String[] fields = line.strip().split("\\s+", -1);
            if (fields.length < 8 || !fields[1].equals("00000000") || !fields[7].equals("00000000")) {
                continue;
            }
            int flags = Integer.parseUnsignedInt(fields[3], 16);
            // Written as a number of this machine's order, of an address in the network's.
            int gateway = Integer.reverseBytes(Integer.parseUnsignedInt(fields[2], 16));
            long metric = Long.parseLong(fields[6]);
            if ((flags & UP_AND_GATEWAY) == UP_AND_GATEWAY && (best == null || metric < best.metric())) {
                best = new Route(fields[0], gateway, metric);
            }
        }
        return best;
    }

    /** RFC 1918. */
    private static boolean isPrivate(int address) {
        return address >>> 24 == 10 || address >>> 20 == 0xac1 || address >>> 16 == 0xc0a8;
    }
}
