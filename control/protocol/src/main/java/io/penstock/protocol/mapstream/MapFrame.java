package io.penstock.protocol.mapstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.penstock.protocol.json.Json;
import io.penstock.protocol.message.MapResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * A frame of the map stream in the making: a message put together from pieces. A field's value may be JSON that was made
 * into a piece long ago; what is written here is the few bytes around it. Not thread-safe.
 */
public final class MapFrame {
    static final int LENGTH_LENGTH = 4;

    private static final byte[] KEEP_ALIVE = framed(List.of(Piece.stored("{\"KeepAlive\":true}".getBytes(US_ASCII))))
            .array();
    private static final Piece COMMA = stored(",");
    private static final Piece ARRAY_END = stored("]");
    private static final Piece OBJECT_END = stored("}");
    private static final byte[] EMPTY_OBJECT = {'{', '}'};

    private final List<Piece> pieces = new ArrayList<>();
    private boolean hasFields;

    /** A message without fields so far. */
    public MapFrame() {}

    /** The frame that only keeps the stream alive. Always the same bytes, which nodes recognise. */
    public static ByteBuffer keepAlive() {
        return ByteBuffer.wrap(KEEP_ALIVE.clone());
    }

    /** The frame of one message. */
    public static ByteBuffer of(MapResponse message, PieceCompressor compressor) {
        return framed(List.of(compressor.compress(Json.write(message))));
    }

    /** Adds a field whose value is the JSON in {@code value}. */
    public MapFrame field(String name, Piece value) {
        pieces.add(stored(start() + "\"" + name + "\":"));
        pieces.add(value);
        return this;
    }

    /** Adds a field that is an array of the values in {@code elements}; without elements there is no field. */
    public MapFrame array(String name, Collection<Piece> elements) {
        if (elements.isEmpty()) {
            return this;
        }
        pieces.add(stored(start() + "\"" + name + "\":["));
        boolean first = true;
        for (Piece element : elements) {
            if (!first) {
                pieces.add(COMMA);
            }
            first = false;
            pieces.add(element);
        }
        pieces.add(ARRAY_END);
        return this;
    }

    /** Adds all fields that {@code message} has; they must be others than those that were added before. */
    public MapFrame fields(MapResponse message, PieceCompressor compressor) {
        byte[] json = Json.write(message);
        if (!Arrays.equals(json, EMPTY_OBJECT)) {
            byte[] inner = Arrays.copyOfRange(json, 0, json.length - 1); // the closing brace comes at the end
            inner[0] = (byte) start().charAt(0);
            pieces.add(compressor.compress(inner));
        }
        return this;
    }

    /** The whole frame. */
    public ByteBuffer finish() {
        if (!hasFields) {
            pieces.add(stored("{"));
        }
        pieces.add(OBJECT_END);
        return framed(pieces);
    }

    private String start() {
        String start = hasFields ? "," : "{";
        hasFields = true;
        return start;
    }

    private static Piece stored(String json) {
        return Piece.stored(json.getBytes(US_ASCII));
    }

    private static ByteBuffer framed(List<Piece> pieces) {
        long length = 0;
        for (Piece piece : pieces) {
            length += piece.length();
        }
        ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(LENGTH_LENGTH + length))
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt((int) length);
        for (Piece piece : pieces) {
            piece.writeTo(out);
        }
        return out.flip();
    }
}
