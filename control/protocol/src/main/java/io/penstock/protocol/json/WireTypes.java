package io.penstock.protocol.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import io.penstock.protocol.key.ChallengeKey;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How the values inside of messages are written: as text, each by the one parser of its type. */
final class WireTypes extends SimpleModule {
    private static final long serialVersionUID = 1L;

    WireTypes() {
        super("penstock");
        addText(NodeKey.class, NodeKey::toString, NodeKey::parse);
        addText(MachineKey.class, MachineKey::toString, MachineKey::parse);
        addText(DiscoKey.class, DiscoKey::toString, DiscoKey::parse);
        addText(ChallengeKey.class, ChallengeKey::toString, ChallengeKey::parse);
        addText(Prefix.class, Prefix::toString, text -> text.isEmpty() ? null : Prefix.parse(text));
        addText(Endpoint.class, Endpoint::toString, WireTypes::endpoint);
        addText(Instant.class, GoTime::format, GoTime::parse);
        addSerializer(RawJson.class, new RawWriter());
        addDeserializer(RawJson.class, new RawReader());
    }

    /** Null for Go's zero endpoint, and for one with a zone, which means nothing on another machine. */
    private static @Nullable Endpoint endpoint(String text) {
        return text.isEmpty() || text.indexOf('%') >= 0 ? null : Endpoint.parse(text);
    }

    private <T> void addText(Class<T> type, Function<T, String> writer, Function<String, @Nullable T> reader) {
        addSerializer(type, new TextWriter<>(type, writer));
        addDeserializer(type, new TextReader<>(type, reader));
    }

    private static final class TextWriter<T> extends StdSerializer<T> {
        private static final long serialVersionUID = 1L;
        private final transient Function<T, String> writer;

        TextWriter(Class<T> type, Function<T, String> writer) {
            super(type);
            this.writer = writer;
        }

        @Override
        public void serialize(T value, JsonGenerator out, SerializerProvider context) throws IOException {
            out.writeString(writer.apply(value));
        }
    }

    private static final class TextReader<T> extends StdDeserializer<T> {
        private static final long serialVersionUID = 1L;
        private final transient Function<String, @Nullable T> reader;

        TextReader(Class<T> type, Function<String, @Nullable T> reader) {
            super(type);
            this.reader = reader;
        }

        @Override
        public @Nullable T deserialize(JsonParser in, DeserializationContext context) throws IOException {
            if (!in.hasToken(JsonToken.VALUE_STRING)) {
                context.reportInputMismatch(this, "not a string");
            }
            try {
                return reader.apply(in.getText());
            } catch (IllegalArgumentException e) {
                return context.reportInputMismatch(this, "not of this type");
            }
        }
    }

    private static final class RawWriter extends StdSerializer<RawJson> {
        private static final long serialVersionUID = 1L;

        RawWriter() {
            super(RawJson.class);
        }

        @Override
        public void serialize(RawJson value, JsonGenerator out, SerializerProvider context) throws IOException {
            out.writeRawValue(value.text());
        }
    }

    private static final class RawReader extends StdDeserializer<RawJson> {
        private static final long serialVersionUID = 1L;

        RawReader() {
            super(RawJson.class);
        }

        @Override
        public RawJson deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return new RawJson(context.readTree(in).toString());
        }

        @Override
        public @Nullable Object getAbsentValue(DeserializationContext context) {
            return null; // other than a null that is there
        }

        @Override
        public RawJson getNullValue(DeserializationContext context) {
            return new RawJson("null");
        }
    }
}
