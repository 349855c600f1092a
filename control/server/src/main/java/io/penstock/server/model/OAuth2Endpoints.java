package io.penstock.server.model;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A provider of OAuth 2 without OpenID Connect: it describes itself nowhere and vouches by no token, so what it says is what its user info
 * says over TLS to whoever holds an access token. Immutable.
 *
 * @param authorization where browsers are sent
 * @param token where codes are exchanged
 * @param userInfo what tells who somebody is, as a JSON object
 * @param subjectField which of its fields says that for good: text or a whole number that is given to nobody else, ever
 * @param nameField which has a name for people
 * @param mailField which has an address of mail
 * @param verifiedField which is true if that address is theirs; empty if the provider has none but such addresses
 */
public record OAuth2Endpoints(
        String authorization,
        String token,
        String userInfo,
        String subjectField,
        String nameField,
        String mailField,
        String verifiedField) {
    private static final Pattern URL = Pattern.compile("https?://[^\\s/?#@]+(/[^\\s#]*)?");
    private static final Pattern FIELD = Pattern.compile("[A-Za-z0-9_.:/-]{1,100}");

    public OAuth2Endpoints {
        for (String url : List.of(authorization, token, userInfo)) {
            require(url.length() <= 400 && URL.matcher(url).matches(), "an endpoint is a URL: " + url);
        }
        for (String field : List.of(subjectField, nameField, mailField)) {
            require(FIELD.matcher(field).matches(), "not the name of a field: " + field);
        }
        require(
                verifiedField.isEmpty() || FIELD.matcher(verifiedField).matches(),
                "not the name of a field: " + verifiedField);
    }

    private static void require(boolean isRight, String message) {
        if (!isRight) {
            throw new IllegalArgumentException(message);
        }
    }

    /** Whether each of them has TLS. */
    public boolean isTls() {
        return List.of(authorization, token, userInfo).stream().allMatch(url -> url.startsWith("https:"));
    }

    /** In the order of the components. */
    public List<String> texts() {
        return List.of(authorization, token, userInfo, subjectField, nameField, mailField, verifiedField);
    }

    /** From what {@link #texts} gave. */
    public static OAuth2Endpoints of(List<String> texts) {
        return new OAuth2Endpoints(
                texts.get(0), texts.get(1), texts.get(2), texts.get(3), texts.get(4), texts.get(5), texts.get(6));
    }
}
