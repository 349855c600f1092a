package io.penstock.server.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What belongs to a provider of SAML 2.0 alone. Its description is read at an address of its own, again and again, or was given once by the
 * operator. Immutable.
 *
 * @param metadataUrl where its description is; empty if it was given
 * @param signOnUrl where browsers are sent, if it was given; else empty
 * @param certificates by whose keys it signs, DER in Base64, if it was given; else none
 * @param signsRequests whether we sign what we ask of it
 * @param nameIds which names of people we ask for
 * @param subjectAttribute the attribute that says for good who somebody is; empty for the name of the subject itself
 * @param nameAttribute the attribute that has a name for people; empty for none
 * @param mailAttribute the attribute that has an address of mail; empty for none
 * @param verifiedAttribute the attribute that is true if that address is theirs; empty if the provider has no others
 */
public record SamlSettings(
        String metadataUrl,
        String signOnUrl,
        List<String> certificates,
        boolean signsRequests,
        NameIds nameIds,
        String subjectAttribute,
        String nameAttribute,
        String mailAttribute,
        String verifiedAttribute) {
    private static final int MAX_CERTIFICATES = 10;
    private static final int FIELDS = 9;
    private static final Pattern URL = Pattern.compile("https?://[^\\s/?#@\"<>\\\\]+(/[^\\s#\"<>\\\\]*)?");
    private static final Pattern CERTIFICATE = Pattern.compile("[A-Za-z0-9+/]{100,10000}={0,2}");
    private static final Pattern ATTRIBUTE = Pattern.compile("[\\x21-\\x7e&&[^\"\\\\<>]]{1,200}");

    /** Which names of people a provider is asked for (SAML 2.0 core, section 8.3). */
    public enum NameIds {
        /** One that is given to nobody else, ever, and to us alone. */
        PERSISTENT("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
        /** An address of mail, which may be somebody else's one day. */
        EMAIL("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
        /** Whatever the provider is set up to give; it has to be for good. */
        UNSPECIFIED("");

        /** A name for one session, by which nobody is known again. */
        public static final String TRANSIENT_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

        private final String format;

        NameIds(String format) {
            this.format = format;
        }

        /** As requests and answers name it; empty for any. */
        public String format() {
            return format;
        }

        /**
         * Reads the form of {@link #toString}.
         *
         * @throws IllegalArgumentException for anything else
         */
        public static NameIds parse(String text) {
            return Arrays.stream(values())
                    .filter(value -> value.toString().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "the format of names is persistent, email or unspecified, not " + text));
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public SamlSettings {
        certificates = List.copyOf(certificates);
        require(
                metadataUrl.isEmpty() != signOnUrl.isEmpty(),
                "a provider of SAML has a description at a URL, or is given one");
        for (String url : List.of(metadataUrl, signOnUrl)) {
            require(
                    url.isEmpty() || (url.length() <= 400 && URL.matcher(url).matches()),
                    "an address of a provider is a URL of at most 400 characters: " + url);
        }
        require(
                signOnUrl.isEmpty() == certificates.isEmpty() && certificates.size() <= MAX_CERTIFICATES,
                "a description of a provider has 1 to " + MAX_CERTIFICATES + " certificates");
        require(
                certificates.stream()
                        .allMatch(
                                certificate -> CERTIFICATE.matcher(certificate).matches()),
                "a certificate is DER in Base64");
        for (String attribute : List.of(subjectAttribute, nameAttribute, mailAttribute, verifiedAttribute)) {
            require(
                    attribute.isEmpty() || ATTRIBUTE.matcher(attribute).matches(),
                    "not the name of an attribute: " + attribute);
        }
    }

    private static void require(boolean isRight, String message) {
        if (!isRight) {
            throw new IllegalArgumentException(message);
        }
    }

    /** Whether all that is known of its addresses has TLS. */
    public boolean isTls() {
        return List.of(metadataUrl, signOnUrl).stream().allMatch(url -> url.isEmpty() || url.startsWith("https:"));
    }

    /** In the order of the components; none has a line break. */
    public List<String> texts() {
        return List.of(
                metadataUrl,
                signOnUrl,
                String.join(" ", certificates),
                String.valueOf(signsRequests),
                nameIds.toString(),
                subjectAttribute,
                nameAttribute,
                mailAttribute,
                verifiedAttribute);
    }

    /** From what {@link #texts} gave. */
    public static SamlSettings of(List<String> texts) {
        require(texts.size() == FIELDS, "not the settings of a provider of SAML");
        List<String> certificates = new ArrayList<>(List.of(texts.get(2).split(" ", -1)));
        certificates.removeIf(String::isEmpty);
        return new SamlSettings(
                texts.get(0),
                texts.get(1),
                certificates,
                Boolean.parseBoolean(texts.get(3)),
                NameIds.parse(texts.get(4)),
                texts.get(5),
                texts.get(6),
                texts.get(7),
                texts.get(8));
    }
}
