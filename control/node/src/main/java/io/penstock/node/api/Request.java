package io.penstock.node.api;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a caller wants of the daemon. {@code verb} tells the kinds apart. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "verb")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Request.Version.class, name = "version"),
    @JsonSubTypes.Type(value = Request.GetStatus.class, name = "status"),
    @JsonSubTypes.Type(value = Request.Watch.class, name = "watch"),
    @JsonSubTypes.Type(value = Request.Get.class, name = "get"),
    @JsonSubTypes.Type(value = Request.GetRelays.class, name = "relays"),
    @JsonSubTypes.Type(value = Request.Ping.class, name = "ping"),
    @JsonSubTypes.Type(value = Request.DebugPath.class, name = "debug-path"),
    @JsonSubTypes.Type(value = Request.Plan.class, name = "plan"),
    @JsonSubTypes.Type(value = Request.Up.class, name = "up"),
    @JsonSubTypes.Type(value = Request.Down.class, name = "down"),
    @JsonSubTypes.Type(value = Request.Set.class, name = "set"),
    @JsonSubTypes.Type(value = Request.Logout.class, name = "logout"),
    @JsonSubTypes.Type(value = Request.ImportPeers.class, name = "import-peers"),
    @JsonSubTypes.Type(value = Request.RemovePeer.class, name = "remove-peer"),
    @JsonSubTypes.Type(value = Request.GetPresharedKey.class, name = "preshared-key"),
})
public sealed interface Request {
    /** Whether it only reads, which everybody may who can open the socket; the rest is for root and the daemon's own user. */
    boolean isReading();

    /** The result is a {@link VersionResult}. */
    @Message
    record Version() implements Request {
        @Override
        public boolean isReading() {
            return true;
        }
    }

    /** The result is a {@link Status}. */
    @Message
    record GetStatus() implements Request {
        @Override
        public boolean isReading() {
            return true;
        }
    }

    /** Events are {@link Status}: one at once, and one after each change, a few a second at most. Ends when the caller hangs up. */
    @Message
    record Watch() implements Request {
        @Override
        public boolean isReading() {
            return true;
        }
    }

    /** The result is {@link Preferences}. */
    @Message
    record Get() implements Request {
        @Override
        public boolean isReading() {
            return true;
        }
    }

    /** The relays of the network; the result is a {@link RelaysResult}. */
    @Message
    record GetRelays() implements Request {
        @Override
        public boolean isReading() {
            return true;
        }
    }

    /**
     * One ping inside of the network; the result is a {@link PingResult}.
     *
     * @param target name or overlay address of a peer
     * @param timeoutMs 0 for five seconds; ends with {@link ApiError.Code#TIMED_OUT}
     */
    @Message
    record Ping(String target, PingType type, int timeoutMs) implements Request {
        public Ping {
            target = Zero.text(target);
            type = type == null ? PingType.DISCO : type;
        }

        @Override
        public boolean isReading() {
            return true;
        }
    }

    /**
     * How the path to a peer was found. The result is a {@link PathDebug}.
     *
     * @param target name or overlay address of a peer
     */
    @Message
    record DebugPath(String target) implements Request {
        public DebugPath {
            target = Zero.text(target);
        }

        @Override
        public boolean isReading() {
            return true;
        }
    }

    /**
     * What {@link Up} with these changes would do to the host; changes nothing. The result is a {@link PlanResult}.
     *
     * @param changes to the preferences
     */
    @Message
    record Plan(PreferencesChange changes) implements Request {
        public Plan {
            changes = changes == null ? PreferencesChange.NONE : changes;
        }

        @Override
        public boolean isReading() {
            return false; // it shows the routes of a network that the caller may not be in
        }
    }

    /**
     * Joins, or changes what runs. Events are {@link UpEvent}; the result, a {@link Status}, comes when the node runs. A caller who
     * hangs up ends the waiting only.
     *
     * @param changes to the preferences, stored first
     * @param authKey for a node that is not registered, or null; it is used once and kept nowhere
     * @param newLogin to log in again although the key is good
     * @param timeoutMs ends with {@link ApiError.Code#TIMED_OUT}, and the daemon goes on; 0: waits for ever
     */
    @Message
    record Up(PreferencesChange changes, @Nullable String authKey, boolean newLogin, long timeoutMs)
            implements Request {
        public Up {
            changes = changes == null ? PreferencesChange.NONE : changes;
        }

        @Override
        public boolean isReading() {
            return false;
        }

        /** Without the key. */
        @Override
        public String toString() {
            return "Up[" + changes + "]";
        }
    }

    /** Takes the interface and all that was done to the host away; the node stays registered. The result is a {@link Status}. */
    @Message
    record Down() implements Request {
        @Override
        public boolean isReading() {
            return false;
        }
    }

    /** Changes preferences, at once where the node runs. The result is {@link Preferences}. */
    @Message
    record Set(PreferencesChange changes) implements Request {
        public Set {
            changes = changes == null ? PreferencesChange.NONE : changes;
        }

        @Override
        public boolean isReading() {
            return false;
        }
    }

    /** Down, and gives the registration and the node's key up. The result is a {@link Status}. */
    @Message
    record Logout() implements Request {
        @Override
        public boolean isReading() {
            return false;
        }
    }

    /**
     * Adds peers that no coordinator knows, or changes those of the same key. The result is {@link Preferences}.
     *
     * @param peers all are taken or none
     * @param presharedKeys in base64, by name of the peer; of those without one an older one is forgotten
     */
    @Message
    record ImportPeers(List<StaticPeer> peers, Map<String, String> presharedKeys) implements Request {
        public ImportPeers {
            peers = Zero.list(peers);
            presharedKeys = presharedKeys == null ? Map.of() : Map.copyOf(presharedKeys);
        }

        @Override
        public boolean isReading() {
            return false;
        }

        /** Without the keys. */
        @Override
        public String toString() {
            return "ImportPeers[" + peers + "]";
        }
    }

    /**
     * Removes a static peer. The result is {@link Preferences}.
     *
     * @param peer its name or key
     */
    @Message
    record RemovePeer(String peer) implements Request {
        public RemovePeer {
            peer = Zero.text(peer);
        }

        @Override
        public boolean isReading() {
            return false;
        }
    }

    /**
     * The pre-shared key of a static peer, for the peer's own file. The result is a {@link PresharedKeyResult}.
     *
     * @param peer its name
     */
    @Message
    record GetPresharedKey(String peer) implements Request {
        public GetPresharedKey {
            peer = Zero.text(peer);
        }

        @Override
        public boolean isReading() {
            return false; // it is a secret of the peer's, too
        }
    }

    /** One line, without the line feed. */
    default byte[] encode() {
        return Json.write(this);
    }

    /**
     * Reads a line.
     *
     * @throws MalformedMessageException for anything but a request that is known here
     */
    static Request decode(byte[] json, int offset, int length) throws MalformedMessageException {
        return Json.read(json, offset, length, LocalApi.MAX_REQUEST_BYTES, Request.class);
    }
}
