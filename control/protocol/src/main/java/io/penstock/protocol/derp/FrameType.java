package io.penstock.protocol.derp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.protocol.derp.Frame.ClientInfo;
import io.penstock.protocol.derp.Frame.ForwardPacket;
import io.penstock.protocol.derp.Frame.NotePreferred;
import io.penstock.protocol.derp.Frame.PeerGone;
import io.penstock.protocol.derp.Frame.PeerPresent;
import io.penstock.protocol.derp.Frame.Restarting;
import io.penstock.protocol.derp.Frame.ServerKey;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Numbers of frame types, who reads them, how long they may be, and how they are read. */
public final class FrameType {
    public static final int SERVER_KEY = 0x01;
    public static final int CLIENT_INFO = 0x02;
    public static final int SERVER_INFO = 0x03;
    public static final int SEND_PACKET = 0x04;
    public static final int RECV_PACKET = 0x05;
    public static final int KEEP_ALIVE = 0x06;
    public static final int NOTE_PREFERRED = 0x07;
    public static final int PEER_GONE = 0x08;
    public static final int PEER_PRESENT = 0x09;
    public static final int FORWARD_PACKET = 0x0a;
    public static final int WATCH_CONNS = 0x10;
    public static final int CLOSE_PEER = 0x11;
    public static final int PING = 0x12;
    public static final int PONG = 0x13;
    public static final int HEALTH = 0x14;
    public static final int RESTARTING = 0x15;

    /** "DERP" and the sign of a key. */
    static final byte[] SERVER_MAGIC = "DERP\ud83d\udd11".getBytes(UTF_8);

    static final int PRESENT_LENGTH = PublicKey.LENGTH + 16 + 2 + 1;

    private static final int MAX_LENGTH = 1 << 20;

    /** Enough for a greeting twenty times over: it comes from somebody unknown, and is kept until it is whole. */
    private static final int MAX_CLIENT_INFO_LENGTH = 16 << 10;

    /** Of frames that have a fixed length, or none, and may grow. */
    private static final int MAX_SHORT_LENGTH = 1 << 10;

    private static final int MAX_SERVER_KEY_LENGTH = 1 << 10;
    private static final int MAX_PING_LENGTH = 1000;
    private static final int NONCE_LENGTH = 24;
    private static final long V4_MAPPED = 0xffff_0000_0000L;

    private FrameType() {}

    static int of(Frame frame) {
        return switch (frame) {
            case ServerKey f -> SERVER_KEY;
            case ClientInfo f -> CLIENT_INFO;
            case Frame.ServerInfo f -> SERVER_INFO;
            case Frame.SendPacket f -> SEND_PACKET;
            case Frame.RecvPacket f -> RECV_PACKET;
            case Frame.KeepAlive f -> KEEP_ALIVE;
            case NotePreferred f -> NOTE_PREFERRED;
            case PeerGone f -> PEER_GONE;
            case PeerPresent f -> PEER_PRESENT;
            case ForwardPacket f -> FORWARD_PACKET;
            case Frame.WatchConns f -> WATCH_CONNS;
            case Frame.ClosePeer f -> CLOSE_PEER;
            case Frame.Ping f -> PING;
            case Frame.Pong f -> PONG;
            case Frame.Health f -> HEALTH;
            case Restarting f -> RESTARTING;
        };
    }

    /** Whether this side has a use for the type; other frames are skipped. */
    public static boolean isFor(FrameDecoder.Side side, int type) {
        return switch (type) {
            case PING, PONG -> true;
            case CLIENT_INFO, SEND_PACKET, NOTE_PREFERRED, FORWARD_PACKET, WATCH_CONNS, CLOSE_PEER ->
                side == FrameDecoder.Side.RELAY;
            case SERVER_KEY, SERVER_INFO, RECV_PACKET, KEEP_ALIVE, PEER_GONE, PEER_PRESENT, HEALTH, RESTARTING ->
                side == FrameDecoder.Side.CLIENT;
            default -> false;
        };
    }

    /** Most bytes of payload that are read; for an unknown type, skipped. */
    public static int maxLength(int type) {
        return switch (type) {
            case SERVER_KEY -> MAX_SERVER_KEY_LENGTH;
            case CLIENT_INFO -> MAX_CLIENT_INFO_LENGTH;
            case SEND_PACKET, RECV_PACKET -> PublicKey.LENGTH + Frame.MAX_PACKET_LENGTH;
            case FORWARD_PACKET -> 2 * PublicKey.LENGTH + Frame.MAX_PACKET_LENGTH;
            case PING, PONG -> MAX_PING_LENGTH;
            case KEEP_ALIVE, NOTE_PREFERRED, PEER_GONE, PEER_PRESENT, WATCH_CONNS, CLOSE_PEER, RESTARTING ->
                MAX_SHORT_LENGTH;
            default -> MAX_LENGTH;
        };
    }

    /**
     * Reads a whole payload, of which the frame keeps views.
     *
     * @param type one that {@link #isFor} somebody
     * @throws MalformedMessageException if it is too short
     */
    public static Frame read(int type, ByteBuffer in) throws MalformedMessageException {
        return switch (type) {
            case SERVER_KEY -> serverKey(in);
            case CLIENT_INFO -> {
                require(in, PublicKey.LENGTH + NONCE_LENGTH);
                yield new ClientInfo(key(in), in.slice());
            }
            case SERVER_INFO -> {
                require(in, NONCE_LENGTH);
                yield new Frame.ServerInfo(in.slice());
            }
            case SEND_PACKET -> new Frame.SendPacket(key(in), in.slice());
            case RECV_PACKET -> new Frame.RecvPacket(key(in), in.slice());
            case FORWARD_PACKET -> new ForwardPacket(key(in), key(in), in.slice());
            case KEEP_ALIVE -> new Frame.KeepAlive();
            case NOTE_PREFERRED -> notePreferred(in);
            case PEER_GONE -> new PeerGone(key(in), in.hasRemaining() ? Byte.toUnsignedInt(in.get()) : 0);
            case PEER_PRESENT -> present(in);
            case WATCH_CONNS -> new Frame.WatchConns();
            case CLOSE_PEER -> new Frame.ClosePeer(key(in));
            case PING -> new Frame.Ping(eightBytes(in));
            case PONG -> new Frame.Pong(eightBytes(in));
            case HEALTH -> new Frame.Health(UTF_8.decode(in).toString());
            case RESTARTING -> {
                require(in, 2 * Integer.BYTES);
                yield new Restarting(in.getInt(), in.getInt());
            }
            default -> throw new IllegalArgumentException("unknown types are skipped");
        };
    }

    static void writePresent(PeerPresent frame, ByteBuffer out) {
        out.put(frame.key().value().toBytes());
        Endpoint source = frame.source();
        if (source == null) {
            out.putLong(0).putLong(0).putShort((short) 0);
        } else {
            out.putLong(source.high())
                    .putLong(source.isV6() ? source.low() : V4_MAPPED | source.low())
                    .putShort((short) source.port());
        }
        out.put((byte) frame.flags());
    }

    private static PeerPresent present(ByteBuffer in) throws MalformedMessageException {
        NodeKey key = key(in);
        Endpoint source = null;
        if (in.remaining() >= 16 + Short.BYTES) {
            source = endpoint(in);
        }
        return new PeerPresent(key, source, in.hasRemaining() ? Byte.toUnsignedInt(in.get()) : 0);
    }

    private static @Nullable Endpoint endpoint(ByteBuffer in) {
        long high = in.getLong();
        long low = in.getLong();
        int port = Short.toUnsignedInt(in.getShort());
        if (high == 0 && low >>> 32 == V4_MAPPED >>> 32) {
            return Endpoint.v4((int) low, port);
        }
        return high == 0 && low == 0 && port == 0 ? null : Endpoint.v6(high, low, port, 0);
    }

    private static ServerKey serverKey(ByteBuffer in) throws MalformedMessageException {
        byte[] magic = new byte[SERVER_MAGIC.length];
        require(in, magic.length + PublicKey.LENGTH);
        in.get(magic);
        if (!Arrays.equals(magic, SERVER_MAGIC)) {
            throw new MalformedMessageException("no relay: its first frame has the wrong magic");
        }
        return new ServerKey(key(in).value());
    }

    private static NotePreferred notePreferred(ByteBuffer in) throws MalformedMessageException {
        if (in.remaining() != 1) {
            throw new MalformedMessageException("notePreferred of " + in.remaining() + " bytes");
        }
        return new NotePreferred(in.get() != 0);
    }

    private static NodeKey key(ByteBuffer in) throws MalformedMessageException {
        require(in, PublicKey.LENGTH);
        byte[] bytes = new byte[PublicKey.LENGTH];
        in.get(bytes);
        return NodeKey.of(bytes);
    }

    private static long eightBytes(ByteBuffer in) throws MalformedMessageException {
        require(in, Long.BYTES);
        return in.getLong();
    }

    private static void require(ByteBuffer in, int length) throws MalformedMessageException {
        if (in.remaining() < length) {
            throw new MalformedMessageException("a frame that is too short");
        }
    }
}
