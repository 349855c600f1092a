package io.penstock.protocol.derp;

import io.penstock.protocol.json.MalformedMessageException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads frames as they arrive, in pieces of any size. Frames that are of an unknown type, or not for this side, are skipped
 * without being kept; memory grows with what has arrived, whatever a header announces. For one connection.
 */
public final class FrameDecoder {
    private static final int FIRST_ROOM = 2048;

    /** Who reads. */
    public enum Side {
        CLIENT,
        RELAY
    }

    private final Side side;
    private final ByteBuffer header = ByteBuffer.allocate(Frame.HEADER_LENGTH);
    private byte[] payload = new byte[FIRST_ROOM];
    private int payloadLength;
    private int toSkip;

    public FrameDecoder(Side side) {
        this.side = side;
    }

    /**
     * Takes bytes from {@code in} up to the end of a frame. To be called until it gives null. A payload in the frame is good
     * until the next call.
     *
     * @return the frame that came to its end, or null if everything was taken and more is needed
     * @throws MalformedMessageException if it is too long or too short: the connection is finished
     */
    public @Nullable Frame decode(ByteBuffer in) throws MalformedMessageException {
        while (true) {
            int skipped = Math.min(toSkip, in.remaining());
            in.position(in.position() + skipped);
            toSkip -= skipped;
            while (toSkip == 0 && header.hasRemaining() && in.hasRemaining()) {
                header.put(in.get());
            }
            if (toSkip > 0 || header.hasRemaining()) {
                return null;
            }
            int type = Byte.toUnsignedInt(header.get(0));
            int length = header.getInt(1);
            if (length < 0 || length > FrameType.maxLength(type)) {
                throw new MalformedMessageException(
                        "a frame of type " + type + " and " + Integer.toUnsignedString(length) + " bytes");
            }
            if (FrameType.isFor(side, type)) {
                return take(in, length) ? finish(type) : null;
            }
            toSkip = length;
            header.clear();
        }
    }

    private boolean take(ByteBuffer in, int length) {
        int wanted = Math.min(length - payloadLength, in.remaining());
        if (payloadLength + wanted > payload.length) {
            payload = Arrays.copyOf(payload, Math.min(length, Math.max(2 * payload.length, payloadLength + wanted)));
        }
        in.get(payload, payloadLength, wanted);
        payloadLength += wanted;
        return payloadLength == length;
    }

    private Frame finish(int type) throws MalformedMessageException {
        ByteBuffer in = ByteBuffer.wrap(payload, 0, payloadLength);
        header.clear();
        payloadLength = 0;
        return FrameType.read(type, in.slice());
    }
}
