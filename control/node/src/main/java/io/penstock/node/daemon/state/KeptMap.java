package io.penstock.node.daemon.state;

import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.netmap.MapSession;
import io.penstock.protocol.netmap.NetMap;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The last map of the coordinator, with which a node starts while that is out of reach. It says whom to trust, so it is kept with a
 * code (HMAC-SHA-256) of a key of ours, and what does not bear one is not used.
 *
 * @param keptAt when the coordinator had said it
 */
public record KeptMap(NetMap map, Instant keptAt) {
    private static final System.Logger LOG = System.getLogger(KeptMap.class.getName());

    private static final String FILE = "netmap.json";
    private static final String FORMAT = "penstock map 1";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int MAX_BYTES = 256 << 20;

    /** Keeps a map. */
    public void write(StateFolder folder, NodeKeys keys) throws IOException {
        byte[] json = Json.write(toMessage(map));
        String head = FORMAT + ' ' + keptAt + ' ';
        byte[] line =
                (head + HexFormat.of().formatHex(code(keys, head, json)) + '\n').getBytes(StandardCharsets.US_ASCII);
        byte[] file = Arrays.copyOf(line, line.length + json.length);
        System.arraycopy(json, 0, file, line.length, json.length);
        folder.write(FILE, file);
    }

    /** Forgets the map that is kept. */
    public static void delete(StateFolder folder) throws IOException {
        folder.delete(FILE);
    }

    /** The map that is kept, if there is one that we have kept; otherwise the log says why not. */
    public static Optional<KeptMap> read(StateFolder folder, NodeKeys keys) throws IOException {
        byte[] file = folder.read(FILE, MAX_BYTES);
        if (file == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(parse(file, keys));
        } catch (MalformedMessageException e) {
            LOG.log(
                    Level.WARNING,
                    "{0} is not used: {1}; the node waits for its coordinator instead",
                    folder.path().resolve(FILE),
                    e.getMessage());
            return Optional.empty();
        }
    }

    private static KeptMap parse(byte[] file, NodeKeys keys) throws MalformedMessageException {
        int end = 0;
        while (end < file.length && file[end] != '\n') {
            end++;
        }
        String line = new String(file, 0, end, StandardCharsets.ISO_8859_1);
        int last = line.lastIndexOf(' ');
        if (end == file.length || last < FORMAT.length() || !line.startsWith(FORMAT + ' ')) {
            throw new MalformedMessageException("it does not begin as a map that this program has kept");
        }
        String head = line.substring(0, last + 1);
        byte[] json = Arrays.copyOfRange(file, end + 1, file.length);
        String code = HexFormat.of().formatHex(code(keys, head, json)); // as text: there is one way to write it
        if (!MessageDigest.isEqual(
                code.getBytes(StandardCharsets.ISO_8859_1),
                line.substring(last + 1).getBytes(StandardCharsets.ISO_8859_1))) {
            throw new MalformedMessageException("somebody else has changed it");
        }
        try {
            Instant keptAt = Instant.parse(head.substring(FORMAT.length()).strip());
            MapSession session = new MapSession();
            if (session.apply(Json.read(json, MAX_BYTES, MapResponse.class), keptAt)
                    instanceof MapSession.Outcome.Changed changed) {
                return new KeptMap(changed.map(), keptAt);
            }
        } catch (DateTimeException e) {
            throw new MalformedMessageException("its time cannot be read");
        }
        throw new MalformedMessageException("it is no map");
    }

    private static byte[] code(NodeKeys keys, String head, byte[] json) {
        byte[] key = keys.mapKey();
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            mac.update(head.getBytes(StandardCharsets.ISO_8859_1));
            return mac.doFinal(json);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HMAC-SHA-256", e);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    /** A map as the first message of a stream, which gives the same map again. */
    private static MapResponse toMessage(NetMap map) {
        Map<String, @Nullable List<FilterRule>> chunks = new LinkedHashMap<>(map.filterChunks());
        return MapResponse.builder()
                .node(map.self())
                .peers(List.copyOf(map.peers().values()))
                .derpMap(map.derpMap())
                .dnsConfig(map.dns())
                .domain(map.domain())
                .packetFilters(chunks)
                .userProfiles(List.copyOf(map.users().values()))
                .health(map.health())
                .controlTime(map.controlTime())
                .build();
    }
}
