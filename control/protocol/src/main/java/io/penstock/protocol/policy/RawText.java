package io.penstock.protocol.policy;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.protocol.hujson.HujsonValue;
import io.penstock.protocol.json.Json;
import java.util.stream.Collectors;

/** Values of a policy file back as plain JSON, without comments. */
final class RawText {
    private RawText() {}

    static String of(HujsonValue value) {
        return switch (value) {
            case HujsonValue.Struct object ->
                object.members().entrySet().stream()
                        .map(member -> quoted(member.getKey().value()) + ":" + of(member.getValue()))
                        .collect(Collectors.joining(",", "{", "}"));
            case HujsonValue.Array array ->
                array.elements().stream().map(RawText::of).collect(Collectors.joining(",", "[", "]"));
            case HujsonValue.Text text -> quoted(text.value());
            case HujsonValue.Other other -> other.text();
        };
    }

    private static String quoted(String text) {
        return new String(Json.write(text), UTF_8);
    }
}
