package io.penstock.protocol.netmap;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** The naive twin of {@link MapSession}: trees of JSON whose fields are overwritten as the protocol says. */
final class NaiveMap {
    private static final ObjectMapper MAPPER =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private final Map<Long, ObjectNode> peers = new TreeMap<>();
    private final Map<String, JsonNode> filters = new TreeMap<>();
    private final Map<Long, JsonNode> users = new TreeMap<>();
    private JsonNode self = MAPPER.createObjectNode();

    void apply(MapResponse message, Instant now) {
        JsonNode m = tree(message);
        if (m.has("Node")) {
            self = m.get("Node");
        }
        if (m.has("Peers")) {
            peers.clear();
            m.get("Peers").forEach(peer -> peers.put(peer.get("ID").asLong(), (ObjectNode) peer));
        } else {
            m.path("PeersRemoved").forEach(id -> peers.remove(id.asLong()));
            m.path("PeersChanged").forEach(peer -> peers.put(peer.get("ID").asLong(), (ObjectNode) peer));
            m.path("PeerSeenChange").properties().forEach(change -> {
                ObjectNode peer = peers.get(Long.parseLong(change.getKey()));
                if (peer != null && change.getValue().asBoolean()) {
                    peer.put("LastSeen", now.toString());
                } else if (peer != null) {
                    peer.remove("LastSeen");
                }
            });
            m.path("OnlineChange").properties().forEach(change -> {
                ObjectNode peer = peers.get(Long.parseLong(change.getKey()));
                if (peer != null) {
                    peer.set("Online", change.getValue());
                }
            });
            m.path("PeersChangedPatch").forEach(this::patch);
        }
        JsonNode chunks = m.path("PacketFilters");
        if (chunks.path("*").isNull()) {
            filters.clear();
        }
        chunks.properties().forEach(chunk -> {
            if (chunk.getValue().isNull()) {
                filters.remove(chunk.getKey());
            } else if (!chunk.getKey().equals("*")) {
                filters.put(chunk.getKey(), chunk.getValue());
            }
        });
        if (m.has("PacketFilter")) {
            filters.put("base", m.get("PacketFilter"));
        }
        m.path("UserProfiles").forEach(user -> users.put(user.get("ID").asLong(), user));
    }

    private void patch(JsonNode patch) {
        ObjectNode peer = peers.get(patch.get("NodeID").asLong());
        if (peer == null) {
            return;
        }
        String before = peer.path("LastSeen").asText("");
        boolean stale = patch.has("Online")
                && !patch.get("Online").asBoolean()
                && patch.has("LastSeen")
                && !before.isEmpty()
                && Instant.parse(patch.get("LastSeen").asText()).compareTo(Instant.parse(before)) <= 0;
        for (Map.Entry<String, JsonNode> field : patch.properties()) {
            switch (field.getKey()) {
                case "NodeID" -> {}
                case "DERPRegion" -> peer.set("HomeDERP", field.getValue());
                case "DiscoKey" -> {
                    if (!stale) {
                        peer.set("DiscoKey", field.getValue());
                    }
                }
                default -> peer.set(field.getKey(), field.getValue());
            }
        }
    }

    Map<Long, Node> peers() {
        Map<Long, Node> nodes = new TreeMap<>();
        peers.forEach((id, peer) -> nodes.put(id, node(peer)));
        return nodes;
    }

    Node self() {
        return node(self);
    }

    String filters() {
        return filters.toString();
    }

    String users() {
        return users.toString();
    }

    static JsonNode tree(Object value) {
        try {
            return MAPPER.readTree(Json.write(value));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Node node(JsonNode tree) {
        try {
            return Json.read(tree.toString().getBytes(UTF_8), 1 << 20, Node.class);
        } catch (MalformedMessageException e) {
            throw new AssertionError(e);
        }
    }
}
