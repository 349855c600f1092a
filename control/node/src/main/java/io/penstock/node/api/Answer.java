package io.penstock.node.api;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.json.RawJson;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** One line of the daemon's: an event, or the end of the request. Exactly one component is there. */
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Answer(
        @Nullable RawJson event,
        @Nullable RawJson result,
        @Nullable ApiError error) {
    public Answer {
        if ((event == null ? 0 : 1) + (result == null ? 0 : 1) + (error == null ? 0 : 1) != 1) {
            throw new IllegalArgumentException("an answer is an event, a result or an error");
        }
    }

    public static Answer event(Object event) {
        return new Answer(raw(event), null, null);
    }

    public static Answer result(Object result) {
        return new Answer(null, raw(result), null);
    }

    public static Answer error(ApiError.Code code, String text) {
        return new Answer(null, null, new ApiError(code, text));
    }

    private static RawJson raw(Object message) {
        return new RawJson(new String(Json.write(message), StandardCharsets.UTF_8));
    }

    /** One line, without the line feed. */
    public byte[] encode() {
        return Json.write(this);
    }

    /**
     * Reads a line.
     *
     * @throws MalformedMessageException for anything else
     */
    public static Answer decode(byte[] json) throws MalformedMessageException {
        return Json.read(json, LocalApi.MAX_ANSWER_BYTES, Answer.class);
    }

    /**
     * An event or result as what the request says it is.
     *
     * @throws MalformedMessageException if it is something else
     */
    static <T> T value(RawJson raw, Class<T> type) throws MalformedMessageException {
        return Json.read(raw.text().getBytes(StandardCharsets.UTF_8), LocalApi.MAX_ANSWER_BYTES, type);
    }
}
