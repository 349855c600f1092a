package io.penstock.server.model;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who vouches for people, by OpenID Connect, by OAuth 2 alone or by SAML 2.0, and for which domain. Its client secret is not here.
 * Immutable.
 *
 * @param name in the addresses of its pages; lower-case letters, digits and hyphens
 * @param label what people read on its button
 * @param issuer whose subjects they are; compared character by character with what it says of itself, if it does
 * @param clientId as what it knows us; empty for a provider of SAML that knows us by the address of our description
 * @param scopes asked for, {@code openid} first; none of a provider of SAML
 * @param algorithms by which it may sign, and no other
 * @param admits who gets in that is not a user yet
 * @param mailDomains if any, a verified address of mail has to be in one of them: a filter, never an identity
 * @param groupsClaim where it names groups; empty for nowhere
 * @param allowedGroups if any, somebody has to be in one of them
 * @param localAddresses whether it may be at a private address or on the loopback, and then without TLS
 * @param refresh how often it is asked whether it still vouches for somebody; of a provider of SAML, which cannot be asked, for how
 *     long its word is good
 * @param offBoarding what ends when it does not
 * @param oauth2 where its endpoints are if it is one of OAuth 2 alone, null if it is not
 * @param saml what belongs to a provider of SAML, null if it is none
 * @param secondFactor for what it has to have asked for more than a password
 */
public record IdentityProvider(
        long id,
        long domainId,
        String name,
        String label,
        String issuer,
        String clientId,
        List<String> scopes,
        Set<String> algorithms,
        Admits admits,
        Set<String> mailDomains,
        String groupsClaim,
        Set<String> allowedGroups,
        boolean localAddresses,
        Duration refresh,
        OffBoarding offBoarding,
        SecondFactor secondFactor,
        @Nullable OAuth2Endpoints oauth2,
        @Nullable SamlSettings saml,
        Instant created) {
    /** By public key only: an algorithm with a shared secret would take the public key for one. */
    public static final Set<String> ALGORITHMS =
            Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

    /** The scope for a refresh token that outlives the browser's session at the provider. */
    public static final String OFFLINE = "offline_access";

    /** Before the entity id of a provider of SAML, where identities have their issuer. */
    public static final String SAML_ISSUER = "saml:";

    public static final Duration DEFAULT_REFRESH = Duration.ofMinutes(5);
    public static final Duration MIN_REFRESH = Duration.ofSeconds(10);

    /** For how long the word of a provider is good that cannot be asked again. */
    public static final Duration DEFAULT_WORD = Duration.ofDays(30);

    private static final Duration MAX_REFRESH = Duration.ofDays(1);
    private static final Duration MAX_WORD = Duration.ofDays(400);
    private static final int MAX_VALUES = 100;
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
    private static final Pattern ISSUER = Pattern.compile("https?://[^\\s/?#@]+(/[^\\s?#]*)?");
    private static final Pattern ENTITY_ID = Pattern.compile("[a-z][a-z0-9+.-]*:[\\x21-\\x7e&&[^\"\\\\<>]]+");
    private static final Pattern MAIL_DOMAIN = Pattern.compile("[a-z0-9-]+(\\.[a-z0-9-]+)+");
    private static final Pattern WORD = Pattern.compile("[\\x21-\\x7e&&[^\"\\\\]]{1,200}");

    /** Who gets in that is not a user of the domain yet. */
    public enum Admits {
        /** Nobody: an administrator has added them, by issuer and subject. */
        USERS,
        /** Everybody who passes the filters, as a member. */
        EVERYBODY;

        /**
         * Reads the form of {@link #toString}.
         *
         * @throws IllegalArgumentException for anything else
         */
        public static Admits parse(String text) {
            for (Admits admits : values()) {
                if (admits.toString().equals(text)) {
                    return admits;
                }
            }
            throw new IllegalArgumentException("a provider admits users or everybody, not " + text);
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What ends when the provider refuses to vouch for somebody any longer. */
    public enum OffBoarding {
        /** Their sessions. */
        SESSIONS,
        /** Their sessions and the keys of their nodes; they may do nothing until they have signed in by the provider again. */
        NODES;

        /**
         * Reads the form of {@link #toString}.
         *
         * @throws IllegalArgumentException for anything else
         */
        public static OffBoarding parse(String text) {
            for (OffBoarding offBoarding : values()) {
                if (offBoarding.toString().equals(text)) {
                    return offBoarding;
                }
            }
            throw new IllegalArgumentException("off-boarding ends sessions or nodes, not " + text);
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public IdentityProvider {
        scopes = List.copyOf(scopes);
        algorithms = Set.copyOf(algorithms);
        mailDomains = Set.copyOf(mailDomains);
        allowedGroups = Set.copyOf(allowedGroups);
        require(NAME.matcher(name).matches(), "the name of a provider has lower-case letters, digits and hyphens");
        require(
                !label.isBlank() && label.length() <= 60 && label.chars().noneMatch(Character::isISOControl),
                "a label has 1 to 60 characters that can be printed");
        if (saml == null) {
            requireOAuth(issuer, clientId, scopes, localAddresses, oauth2);
        } else {
            requireSaml(issuer, clientId, scopes, localAddresses, oauth2, saml);
        }
        require(
                oauth2 == null || secondFactor.uses().isEmpty() || secondFactor.isOurs(),
                "a provider without OpenID Connect cannot say that there was a second factor: leave acr and amr out, and the coordinator asks");
        require(
                !algorithms.isEmpty() && ALGORITHMS.containsAll(algorithms),
                "the algorithms of signatures are of "
                        + String.join(", ", ALGORITHMS.stream().sorted().toList()));
        require(
                mailDomains.size() <= MAX_VALUES
                        && mailDomains.stream()
                                .allMatch(domain -> MAIL_DOMAIN.matcher(domain).matches()),
                "a mail domain is a full name in lower case, without @");
        require(
                groupsClaim.isEmpty() || WORD.matcher(groupsClaim).matches(),
                "the name of the groups' claim has printable characters");
        require(areWords(allowedGroups), "the name of a group has printable characters");
        require(
                allowedGroups.isEmpty() || !groupsClaim.isEmpty(),
                "groups are a filter only with the name of their claim");
        require(areWords(secondFactor.acr()) && areWords(secondFactor.amr()), "acr and amr have printable characters");
        Duration longest = saml == null ? MAX_REFRESH : MAX_WORD;
        require(
                refresh.compareTo(MIN_REFRESH) >= 0 && refresh.compareTo(longest) <= 0,
                saml == null
                        ? "a provider is asked every 10 seconds at most and once a day at least"
                        : "the word of a provider of SAML is good for 10 seconds to 400 days");
    }

    private static void requireOAuth(
            String issuer,
            String clientId,
            List<String> scopes,
            boolean localAddresses,
            @Nullable OAuth2Endpoints oauth2) {
        require(
                issuer.length() <= 400 && ISSUER.matcher(issuer).matches(),
                "an issuer is a URL without query, as the provider writes it");
        require(
                issuer.startsWith("https:") || localAddresses,
                "an issuer without TLS is for private addresses only, which have to be allowed");
        require(WORD.matcher(clientId).matches(), "a client id has 1 to 200 printable characters");
        require(
                areWords(scopes)
                        && (oauth2 != null
                                || (!scopes.isEmpty() && scopes.getFirst().equals("openid"))),
                "scopes begin with openid");
        require(
                oauth2 == null || localAddresses || oauth2.isTls(),
                "endpoints without TLS are for private addresses only, which have to be allowed");
    }

    /** The issuer is a name: many begin with http, and say nothing of how somebody is reached. */
    private static void requireSaml(
            String issuer,
            String clientId,
            List<String> scopes,
            boolean localAddresses,
            @Nullable OAuth2Endpoints oauth2,
            SamlSettings saml) {
        require(
                issuer.length() <= 400 && ENTITY_ID.matcher(issuer).matches(),
                "the issuer is the provider's entity id, a URI as the provider writes it");
        require(
                clientId.isEmpty() || (ENTITY_ID.matcher(clientId).matches() && clientId.length() <= 200),
                "the client id at a provider of SAML is an entity id, a URI of at most 200 characters");
        require(oauth2 == null && scopes.isEmpty(), "a provider of SAML has neither scopes nor endpoints of OAuth 2");
        require(
                localAddresses || saml.isTls(),
                "addresses without TLS are for private addresses only, which have to be allowed");
    }

    private static boolean areWords(Iterable<String> words) {
        int count = 0;
        for (String word : words) {
            if (!WORD.matcher(word).matches() || ++count > MAX_VALUES) {
                return false;
            }
        }
        return true;
    }

    private static void require(boolean isRight, String message) {
        if (!isRight) {
            throw new IllegalArgumentException(message);
        }
    }

    /**
     * Who the provider means by this subject. One that calls itself the same by SAML and by OpenID Connect has other subjects by each, of
     * which one may be chosen to look like another.
     */
    public Identity identity(String subject) {
        return new Identity(saml == null ? issuer : SAML_ISSUER + issuer, subject);
    }
}
