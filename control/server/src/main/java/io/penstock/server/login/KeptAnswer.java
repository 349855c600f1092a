package io.penstock.server.login;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.server.admin.Vouched;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a provider of SAML vouches for, as text of ours between its answer and the browser that comes for it. Stateless. */
final class KeptAnswer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SUBJECT = "subject";
    private static final String NAME = "name";
    private static final String MAIL = "mail";
    private static final String GROUPS = "groups";
    private static final String SID = "sid";
    private static final String FACTOR = "secondFactor";
    private static final String ENDS = "sessionEndsMs";

    private KeptAnswer() {}

    static String format(Vouched vouched) {
        ObjectNode json = JSON.createObjectNode();
        json.put(SUBJECT, vouched.subject());
        json.put(NAME, vouched.displayName());
        json.put(MAIL, vouched.verifiedMail());
        Set<String> said = vouched.groups();
        if (said != null) {
            ArrayNode groups = json.putArray(GROUPS);
            said.forEach(groups::add);
        }
        json.put(SID, vouched.sid());
        json.put(FACTOR, vouched.secondFactor());
        Instant ends = vouched.sessionEnds();
        if (ends != null) {
            json.put(ENDS, ends.toEpochMilli());
        }
        return json.toString();
    }

    static Vouched parse(String text) {
        JsonNode json;
        try {
            json = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what we have kept is not what we write", e);
        }
        return new Vouched(
                json.path(SUBJECT).asText(),
                json.path(NAME).asText(),
                textOrNull(json, MAIL),
                groups(json.get(GROUPS)),
                textOrNull(json, SID),
                json.path(FACTOR).asBoolean(),
                null,
                json.has(ENDS) ? Instant.ofEpochMilli(json.path(ENDS).asLong()) : null);
    }

    private static @Nullable String textOrNull(JsonNode json, String name) {
        return json.hasNonNull(name) ? json.path(name).asText() : null;
    }

    private static @Nullable Set<String> groups(@Nullable JsonNode said) {
        if (said == null) {
            return null;
        }
        Set<String> groups = new TreeSet<>();
        said.forEach(group -> groups.add(group.asText()));
        return groups;
    }
}
