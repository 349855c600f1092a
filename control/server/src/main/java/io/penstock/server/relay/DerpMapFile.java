package io.penstock.server.relay;

import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpNode;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.relay.tls.PinnedTrust;
import io.penstock.server.model.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Relays that somebody else runs, from a file in the form that the protocol has for them (JSON, {@code {"Regions":{"901":{…}}}}):
 * read whole and checked, since a fault in it would be noticed only where two nodes cannot reach each other. Stateless.
 */
public final class DerpMapFile {
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_PORT = 0xffff;
    private static final String NO_ADDRESS = "none";
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:-]{1,253}");
    private static final Pattern PINNED = Pattern.compile(PinnedTrust.PREFIX + "[0-9a-f]{64}");

    private DerpMapFile() {}

    /** What is wrong with a file, and where. */
    public static final class Fault extends Exception {
        private static final long serialVersionUID = 1L;

        Fault(String message) {
            super(message);
        }
    }

    /**
     * Reads the file.
     *
     * @param ownRegion id that the coordinator's own relay has, 0 if it has none; no region of the file may have it
     * @throws Fault with what is wrong in it
     * @throws IOException if it cannot be read
     */
    public static DerpMap read(Path file, int ownRegion) throws IOException, Fault {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        return parse(bytes, ownRegion);
    }

    static DerpMap parse(byte[] json, int ownRegion) throws Fault {
        DerpMap map;
        try {
            map = Json.read(json, MAX_BYTES, DerpMap.class);
        } catch (MalformedMessageException e) {
            throw new Fault(String.valueOf(e.getMessage()));
        }
        if (map.regions() == null || map.regions().isEmpty()) {
            throw new Fault(
                    "it names no region; expected is {\"Regions\":{\"901\":{\"RegionID\":901,\"RegionCode\":…}}}");
        }
        Set<String> names = new HashSet<>();
        for (Map.Entry<Integer, DerpRegion> entry : new TreeMap<>(map.regions()).entrySet()) {
            checkRegion(entry.getKey(), entry.getValue(), ownRegion, names);
        }
        checkScores(map.homeParams(), map.regions().keySet());
        return map;
    }

    private static void checkRegion(int id, DerpRegion region, int ownRegion, Set<String> names) throws Fault {
        String where = "region " + id;
        require(id > 0, where + ": an id is positive");
        require(
                region.regionId() == id,
                where + ": its RegionID is " + region.regionId() + ", other than the key under which it stands");
        require(id != ownRegion, where + " is the coordinator's own relay; take another id, or --no-relay");
        require(!region.regionCode().isEmpty(), where + " has no RegionCode");
        List<DerpNode> nodes = region.nodes();
        require(!nodes.isEmpty(), where + " has no Nodes");
        for (DerpNode node : nodes) {
            checkNode(where + ", node \"" + node.name() + "\"", id, node);
            require(names.add(node.name()), where + ": the name \"" + node.name() + "\" is there twice");
        }
        require(
                nodes.stream().anyMatch(node -> !node.stunOnly()),
                where + ": all its nodes are STUNOnly, so nobody relays");
    }

    private static void checkNode(String where, int id, DerpNode node) throws Fault {
        require(!node.name().isEmpty(), where + " has no Name");
        require(node.regionId() == id, where + ": its RegionID is " + node.regionId());
        require(
                HOST.matcher(node.hostName()).matches(),
                where + ": HostName takes a name or an address, without https:// and without a port");
        requireAddress(where + ": IPv4", node.ipv4(), false);
        requireAddress(where + ": IPv6", node.ipv6(), true);
        require(node.derpPort() >= 0 && node.derpPort() <= MAX_PORT, where + ": DERPPort is 0 (for 443) to 65535");
        require(
                node.stunPort() >= OwnRegion.NO_STUN && node.stunPort() <= MAX_PORT,
                where + ": STUNPort is -1 (none) or 0 (for 3478) to 65535");
        require(
                !node.certName().startsWith(PinnedTrust.PREFIX)
                        || PINNED.matcher(node.certName()).matches(),
                where + ": CertName has " + PinnedTrust.PREFIX + " and not 64 lower-case hexadecimal digits behind it");
        require(
                !node.insecureForTests(),
                where + ": InsecureForTests would let anybody pose as this relay; name its certificate by CertName");
        require(node.stunTestIp().isEmpty(), where + ": STUNTestIP is for tests");
    }

    private static void requireAddress(String where, String text, boolean isV6) throws Fault {
        if (text.isEmpty() || text.equals(NO_ADDRESS)) {
            return;
        }
        try {
            if (IpAddress.parse(text).isV6() == isV6) {
                return;
            }
        } catch (IllegalArgumentException e) {
            throw new Fault(where + " is an address, or \"none\", or empty for what the DNS says");
        }
        throw new Fault(where + " has an address of the other family");
    }

    private static void checkScores(DerpMap.@Nullable HomeParams params, Set<Integer> regions) throws Fault {
        if (params == null || params.regionScore() == null) {
            return;
        }
        for (Map.Entry<Integer, Double> score : params.regionScore().entrySet()) {
            double value = Objects.requireNonNullElse(score.getValue(), Double.NaN);
            require(regions.contains(score.getKey()), "HomeParams: region " + score.getKey() + " is not there");
            require(
                    value > 0 && value < Double.POSITIVE_INFINITY,
                    "HomeParams: the score of region " + score.getKey() + " is not positive");
        }
    }

    private static void require(boolean isRight, String fault) throws Fault {
        if (!isRight) {
            throw new Fault(fault);
        }
    }
}
