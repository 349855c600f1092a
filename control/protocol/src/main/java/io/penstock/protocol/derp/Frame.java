package io.penstock.protocol.derp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One frame. Payloads are views that may belong to a buffer of the decoder: whoever keeps one beyond the next frame copies it.
 */
public sealed interface Frame {
    /** The relay's first word: its key. */
    record ServerKey(PublicKey key) implements Frame {}

    /** A client's key and its {@link Greeting}, sealed. */
    record ClientInfo(NodeKey key, ByteBuffer sealed) implements Frame {}

    /** The relay's answer, a {@link ServerGreeting}, sealed. */
    record ServerInfo(ByteBuffer sealed) implements Frame {}

    /** From a client: a packet for somebody. */
    record SendPacket(NodeKey destination, ByteBuffer packet) implements Frame {}

    /** To a client: a packet from somebody. */
    record RecvPacket(NodeKey source, ByteBuffer packet) implements Frame {}

    /** Between relays: a packet from somebody for somebody. */
    record ForwardPacket(NodeKey source, NodeKey destination, ByteBuffer packet) implements Frame {}

    record KeepAlive() implements Frame {}

    /** From a client: this is its home relay, or not. */
    record NotePreferred(boolean isHome) implements Frame {}

    /**
     * To a client: somebody cannot be reached here.
     *
     * @param reason {@link #GONE_DISCONNECTED}, {@link #GONE_NOT_HERE} or one to come
     */
    record PeerGone(NodeKey key, int reason) implements Frame {}

    /**
     * To another relay: somebody is here.
     *
     * @param source where they come from, null if the relay is too old to say
     * @param flags sum of {@link #PRESENT_REGULAR} and the others, 0 if the relay is too old to say
     */
    record PeerPresent(NodeKey key, @Nullable Endpoint source, int flags) implements Frame {}

    /** From another relay: tell me who is here. */
    record WatchConns() implements Frame {}

    /** From another relay: close somebody's connection. */
    record ClosePeer(NodeKey key) implements Frame {}

    record Ping(long data) implements Frame {}

    record Pong(long data) implements Frame {}

    /** To a client: what is wrong, or nothing any more. */
    record Health(String problem) implements Frame {}

    /** To a client: the relay goes; come back after so many milliseconds, try for so many. */
    record Restarting(int reconnectInMs, int tryForMs) implements Frame {}

    int GONE_DISCONNECTED = 0;
    int GONE_NOT_HERE = 1;

    int PRESENT_REGULAR = 1;
    int PRESENT_MESH = 2;
    int PRESENT_PROBER = 4;
    int PRESENT_NOT_IDEAL = 8;

    /** Most bytes of a packet. */
    int MAX_PACKET_LENGTH = 65_536;

    /** Bytes of a frame's header. */
    int HEADER_LENGTH = 5;

    /** Bytes of the whole frame. */
    default int length() {
        return HEADER_LENGTH
                + switch (this) {
                    case ServerKey f -> FrameType.SERVER_MAGIC.length + PublicKey.LENGTH;
                    case ClientInfo f -> PublicKey.LENGTH + f.sealed().remaining();
                    case ServerInfo f -> f.sealed().remaining();
                    case SendPacket f -> PublicKey.LENGTH + f.packet().remaining();
                    case RecvPacket f -> PublicKey.LENGTH + f.packet().remaining();
                    case ForwardPacket f -> 2 * PublicKey.LENGTH + f.packet().remaining();
                    case KeepAlive f -> 0;
                    case NotePreferred f -> 1;
                    case PeerGone f -> PublicKey.LENGTH + 1;
                    case PeerPresent f -> FrameType.PRESENT_LENGTH;
                    case WatchConns f -> 0;
                    case ClosePeer f -> PublicKey.LENGTH;
                    case Ping f -> Long.BYTES;
                    case Pong f -> Long.BYTES;
                    case Health f -> f.problem().getBytes(UTF_8).length;
                    case Restarting f -> 2 * Integer.BYTES;
                };
    }

    /** Appends the whole frame, {@link #length} bytes. Payloads keep their positions. */
    default void writeTo(ByteBuffer out) {
        out.put((byte) FrameType.of(this)).putInt(length() - HEADER_LENGTH);
        switch (this) {
            case ServerKey f -> out.put(FrameType.SERVER_MAGIC).put(f.key().toBytes());
            case ClientInfo f ->
                out.put(f.key().value().toBytes()).put(f.sealed().duplicate());
            case ServerInfo f -> out.put(f.sealed().duplicate());
            case SendPacket f ->
                out.put(f.destination().value().toBytes()).put(f.packet().duplicate());
            case RecvPacket f ->
                out.put(f.source().value().toBytes()).put(f.packet().duplicate());
            case ForwardPacket f ->
                out.put(f.source().value().toBytes())
                        .put(f.destination().value().toBytes())
                        .put(f.packet().duplicate());
            case KeepAlive f -> {}
            case NotePreferred f -> out.put((byte) (f.isHome() ? 1 : 0));
            case PeerGone f -> out.put(f.key().value().toBytes()).put((byte) f.reason());
            case PeerPresent f -> FrameType.writePresent(f, out);
            case WatchConns f -> {}
            case ClosePeer f -> out.put(f.key().value().toBytes());
            case Ping f -> out.putLong(f.data());
            case Pong f -> out.putLong(f.data());
            case Health f -> out.put(f.problem().getBytes(UTF_8));
            case Restarting f -> out.putInt(f.reconnectInMs()).putInt(f.tryForMs());
        }
    }
}
