package io.penstock.protocol.mapstream;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.message.MapResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the map stream as it arrives, in pieces of any size. Memory grows with what has arrived and been unpacked, whatever a
 * header announces, up to the limits; past them the stream is finished. Holds native memory until it is closed. For one stream.
 */
public final class MapFrameDecoder implements AutoCloseable {
    /** Most bytes of a frame on the wire. */
    public static final int MAX_FRAME_BYTES = 32 << 20;

    /** Most bytes of JSON in a frame. */
    public static final int MAX_JSON_BYTES = 128 << 20;

    private static final int FIRST_ROOM = 4096;
    private static final int USUAL_RATIO = 8;
    private static final byte[] KEEP_ALIVE = keepAlive();
    private static final MapResponse SIGN_OF_LIFE =
            MapResponse.builder().keepAlive(true).build();

    private final ZstdDecompressCtx context = new ZstdDecompressCtx();
    private final int maxFrameBytes;
    private final int maxJsonBytes;
    private final byte[] header = new byte[MapFrame.LENGTH_LENGTH];
    private byte[] frame = new byte[FIRST_ROOM];
    private int headerLength;
    private int frameLength;

    public MapFrameDecoder() {
        this(MAX_FRAME_BYTES, MAX_JSON_BYTES);
    }

    /** With limits of one's own, in bytes. */
    public MapFrameDecoder(int maxFrameBytes, int maxJsonBytes) {
        this.maxFrameBytes = maxFrameBytes;
        this.maxJsonBytes = maxJsonBytes;
    }

    /**
     * Takes bytes from {@code in} up to the end of a frame. To be called until it gives null.
     *
     * @return the message of the frame that came to its end, or null if everything was taken and more is needed
     * @throws MalformedMessageException if it is too long, no zstd or no map message: the stream is finished
     */
    public @Nullable MapResponse decode(ByteBuffer in) throws MalformedMessageException {
        while (headerLength < header.length) {
            if (!in.hasRemaining()) {
                return null;
            }
            header[headerLength++] = in.get();
        }
        int length = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt();
        if (length < 0 || length > maxFrameBytes) {
            throw new MalformedMessageException("a map frame of " + Integer.toUnsignedString(length) + " bytes");
        }
        int wanted = Math.min(length - frameLength, in.remaining());
        if (frameLength + wanted > frame.length) {
            frame = Arrays.copyOf(frame, Math.min(length, Math.max(2 * frame.length, frameLength + wanted)));
        }
        in.get(frame, frameLength, wanted);
        frameLength += wanted;
        if (frameLength < length) {
            return null;
        }
        MapResponse message = message();
        headerLength = 0;
        frameLength = 0;
        return message;
    }

    @Override
    public void close() {
        context.close();
    }

    private MapResponse message() throws MalformedMessageException {
        if (Arrays.equals(frame, 0, frameLength, KEEP_ALIVE, 0, KEEP_ALIVE.length)) {
            return SIGN_OF_LIFE;
        }
        // Into one array and not through a stream: then the only memory is the output, and no window of the sender's
        // choice.
        long room = Math.min(maxJsonBytes, Math.max(FIRST_ROOM, (long) USUAL_RATIO * frameLength));
        while (true) {
            byte[] json = new byte[(int) room];
            try {
                int length = context.decompressByteArray(json, 0, json.length, frame, 0, frameLength);
                return Json.read(json, 0, length, maxJsonBytes, MapResponse.class);
            } catch (ZstdException e) {
                if (e.getErrorCode() != Zstd.errDstSizeTooSmall()) {
                    throw new MalformedMessageException("a map frame that is no zstd data");
                }
                if (room == maxJsonBytes) {
                    throw new MalformedMessageException("a map frame of more than " + maxJsonBytes + " bytes of JSON");
                }
                room = Math.min(maxJsonBytes, 2 * room);
            }
        }
    }

    private static byte[] keepAlive() {
        ByteBuffer frame = MapFrame.keepAlive();
        byte[] bytes = new byte[frame.remaining() - MapFrame.LENGTH_LENGTH];
        frame.get(MapFrame.LENGTH_LENGTH, bytes);
        return bytes;
    }
}
