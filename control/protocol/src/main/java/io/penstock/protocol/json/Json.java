package io.penstock.protocol.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;

/**
 * Records to JSON and back, with Go's habits: field names are written exactly and read in any case, unknown fields are
 * ignored, {@code null} leaves a field at its zero, what is zero or empty is left out unless the record says otherwise. A
 * number is not a string and a string is no truth value. Text that is no UTF-8, is nested deeper than 64, or goes on after
 * its end is refused. Thread-safe.
 */
public final class Json {
    /** How deep arrays and objects may be nested. */
    public static final int MAX_DEPTH = 64;

    private static final int MAX_NAME_LENGTH = 4096;
    private static final int MAX_NUMBER_LENGTH = 64;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNameLength(MAX_NAME_LENGTH)
                            .maxNumberLength(MAX_NUMBER_LENGTH)
                            .build())
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES) // names come from strangers
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                    .build())
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(MapperFeature.AUTO_DETECT_GETTERS, MapperFeature.AUTO_DETECT_IS_GETTERS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS) // in values that are only carried: 1e400 stays
            .withCoercionConfig(
                    LogicalType.Textual, text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_DEFAULT, JsonInclude.Include.ALWAYS))
            .addModule(new WireTypes())
            .build();

    private Json() {}

    /** The message as UTF-8. */
    public static byte[] write(Object message) {
        try {
            return MAPPER.writeValueAsBytes(message);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a message that cannot be written: " + message.getClass(), e);
        }
    }

    /**
     * Reads a message.
     *
     * @throws MalformedMessageException if it is longer than {@code maxBytes} or not of this type
     */
    public static <T> T read(byte[] json, int maxBytes, Class<T> type) throws MalformedMessageException {
        return read(json, 0, json.length, maxBytes, type);
    }

    /**
     * Reads a message from a part of an array.
     *
     * @throws MalformedMessageException if it is longer than {@code maxBytes} or not of this type
     */
    public static <T> T read(byte[] json, int offset, int length, int maxBytes, Class<T> type)
            throws MalformedMessageException {
        if (length > maxBytes) {
            throw new MalformedMessageException(length + " bytes of JSON where " + maxBytes + " are allowed");
        }
        try {
            T message = MAPPER.readValue(json, offset, length, type);
            if (message == null) {
                throw new MalformedMessageException("null in place of an object");
            }
            return message;
        } catch (JacksonException e) {
            throw new MalformedMessageException(describe(e));
        } catch (IOException e) {
            throw new MalformedMessageException("not UTF-8"); // the only one left for bytes in memory
        }
    }

    /** Where and which kind of error; the original message may quote the text, and is left out. */
    private static String describe(JacksonException e) {
        StringBuilder out = new StringBuilder();
        if (e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
            out.append("bad value of ");
            String separator = "";
            for (JsonMappingException.Reference step : mapping.getPath()) {
                if (step.getIndex() >= 0) {
                    out.append('[').append(step.getIndex()).append(']');
                } else {
                    out.append(separator).append(Printable.of(step.getFieldName()));
                }
                separator = ".";
            }
        } else {
            out.append("bad JSON");
        }
        JsonLocation location = e.getLocation();
        if (location != null && location.getByteOffset() >= 0) {
            out.append(" at byte ").append(location.getByteOffset());
        }
        return out.toString();
    }
}
