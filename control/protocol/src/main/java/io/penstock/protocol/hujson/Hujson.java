package io.penstock.protocol.hujson;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.penstock.protocol.hujson.HujsonValue.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads JSON with comments and trailing commas into values that know their place in the file. */
public final class Hujson {
    /** How the parser names the bracket that is not closed. */
    private static final Pattern OPENED =
            Pattern.compile(" \\(start marker at \\[.*line: ([0-9]+), column: ([0-9]+)]\\)$");

    private static final int MAX_DEPTH = 32;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION) // the last of two is never what was meant
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    /** A file that is no HuJSON. */
    public static final class SyntaxException extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Finding finding;

        SyntaxException(Finding finding) {
            super(finding.toString());
            this.finding = finding;
        }

        public Finding finding() {
            return finding;
        }
    }

    private Hujson() {}

    /**
     * Reads a whole file.
     *
     * @throws SyntaxException for a text that is none, an empty one too
     */
    public static HujsonValue parse(String text) throws SyntaxException {
        try (JsonParser in = FACTORY.createParser(text)) {
            if (in.nextToken() == null) {
                throw new SyntaxException(new Finding(new Location(1, 1), "the file is empty"));
            }
            HujsonValue value = value(in);
            if (in.nextToken() != null) {
                throw new SyntaxException(new Finding(locationOf(in.currentTokenLocation()), "text behind the end"));
            }
            return value;
        } catch (StreamConstraintsException e) {
            throw new SyntaxException(new Finding(locationOf(e.getLocation()), "nested too deep or too long"));
        } catch (JacksonException e) {
            throw new SyntaxException(new Finding(locationOf(e.getLocation()), firstLine(e.getOriginalMessage())));
        } catch (IOException e) {
            throw new IllegalStateException(e); // nothing to read from but memory
        }
    }

    private static HujsonValue value(JsonParser in) throws IOException {
        Location location = locationOf(in.currentTokenLocation());
        return switch (in.currentToken()) {
            case START_OBJECT -> object(in, location);
            case START_ARRAY -> {
                List<HujsonValue> elements = new ArrayList<>();
                while (in.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(value(in));
                }
                yield new HujsonValue.Array(location, elements);
            }
            case VALUE_STRING -> new Text(location, in.getText());
            default -> new HujsonValue.Other(location, in.getText());
        };
    }

    private static HujsonValue object(JsonParser in, Location location) throws IOException {
        Map<Text, HujsonValue> members = new LinkedHashMap<>();
        while (in.nextToken() != JsonToken.END_OBJECT) {
            Text name = new Text(locationOf(in.currentTokenLocation()), in.currentName());
            in.nextToken();
            members.put(name, value(in));
        }
        return new HujsonValue.Struct(location, members);
    }

    private static Location locationOf(JsonLocation location) {
        return location == null
                ? new Location(1, 1)
                : new Location(Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()));
    }

    /** Jackson goes on with hints for programmers behind the first line. */
    private static String firstLine(String message) {
        int end = message.indexOf('\n');
        return OPENED.matcher(end < 0 ? message : message.substring(0, end)).replaceFirst(" (opened at $1:$2)");
    }
}
