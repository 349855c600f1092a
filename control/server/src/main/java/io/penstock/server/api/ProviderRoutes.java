package io.penstock.server.api;

import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.Permission;
import io.penstock.server.admin.ProviderOperations;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.IdentityProvider.OffBoarding;
import io.penstock.server.model.OAuth2Endpoints;
import io.penstock.server.model.SamlSettings;
import io.penstock.server.model.SamlSettings.NameIds;
import io.penstock.server.model.SecondFactor;
import io.penstock.server.saml.IdpMetadata;
import io.penstock.server.saml.SamlException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Identity providers. */
final class ProviderRoutes {
    private static final String ALL = "/api/v1/providers";
    private static final String ONE = ALL + "/{provider}";
    private static final String OIDC = "oidc";
    private static final String OAUTH2 = "oauth2";
    private static final String SAML = "saml";
    private static final Set<String> SAML_ALGORITHMS = Set.of("RS256", "RS384", "RS512", "ES256", "ES384", "ES512");
    private static final List<String> DEFAULT_SCOPES = List.of("openid", "profile", "email", IdentityProvider.OFFLINE);

    private ProviderRoutes() {}

    record ProviderView(
            String name,
            String label,
            String kind,
            String issuer,
            String clientId,
            String domain,
            String admits,
            List<String> mailDomains,
            String groupsClaim,
            List<String> groups,
            List<String> scopes,
            List<String> algorithms,
            boolean localAddresses,
            long refreshSeconds,
            String offBoarding,
            List<String> secondFactor,
            List<String> acr,
            List<String> amr,
            @Nullable String authorizationUrl,
            @Nullable String tokenUrl,
            @Nullable String userInfoUrl,
            @Nullable String subjectField,
            @Nullable String nameField,
            @Nullable String mailField,
            @Nullable String mailVerifiedField,
            @Nullable String metadataUrl,
            @Nullable String signOnUrl,
            @Nullable List<String> certificates,
            @Nullable Boolean signRequests,
            @Nullable String nameIdFormat,
            String callbackPath,
            @Nullable String logoutPath,
            @Nullable String metadataPath,
            String created) {
        static ProviderView of(ProviderOperations.Listed listed) {
            IdentityProvider provider = listed.provider();
            OAuth2Endpoints oauth2 = provider.oauth2();
            SamlSettings saml = provider.saml();
            return new ProviderView(
                    provider.name(),
                    provider.label(),
                    saml != null ? SAML : oauth2 != null ? OAUTH2 : OIDC,
                    provider.issuer(),
                    provider.clientId(),
                    listed.domain(),
                    provider.admits().toString(),
                    sorted(provider.mailDomains()),
                    provider.groupsClaim(),
                    sorted(provider.allowedGroups()),
                    provider.scopes(),
                    sorted(provider.algorithms()),
                    provider.localAddresses(),
                    provider.refresh().toSeconds(),
                    provider.offBoarding().toString(),
                    provider.secondFactor().uses().stream()
                            .map(SecondFactor.Use::toString)
                            .sorted()
                            .toList(),
                    provider.secondFactor().acr(),
                    sorted(provider.secondFactor().amr()),
                    oauth2 == null ? null : oauth2.authorization(),
                    oauth2 == null ? null : oauth2.token(),
                    oauth2 == null ? null : oauth2.userInfo(),
                    saml != null ? saml.subjectAttribute() : oauth2 != null ? oauth2.subjectField() : null,
                    saml != null ? saml.nameAttribute() : oauth2 != null ? oauth2.nameField() : null,
                    saml != null ? saml.mailAttribute() : oauth2 != null ? oauth2.mailField() : null,
                    saml != null ? saml.verifiedAttribute() : oauth2 != null ? oauth2.verifiedField() : null,
                    saml == null ? null : saml.metadataUrl(),
                    saml == null ? null : saml.signOnUrl(),
                    saml == null ? null : saml.certificates(),
                    saml == null ? null : saml.signsRequests(),
                    saml == null ? null : saml.nameIds().toString(),
                    "/login/from/" + provider.name(),
                    saml == null ? "/login/out/" + provider.name() : null,
                    saml == null ? null : "/login/metadata/" + provider.name(),
                    provider.created().toString());
        }

        private static List<String> sorted(Set<String> values) {
            return values.stream().sorted().toList();
        }
    }

    /** The secret goes in and never comes out. Without it the client is a public one. */
    record NewProvider(
            String name,
            @Nullable String label,
            @Nullable String kind,
            @Nullable String issuer,
            @Nullable String clientId,
            @Nullable String clientSecret,
            String domain,
            @Nullable String admits,
            @Nullable List<String> mailDomains,
            @Nullable String groupsClaim,
            @Nullable List<String> groups,
            @Nullable List<String> scopes,
            @Nullable List<String> algorithms,
            @Nullable Boolean localAddresses,
            @Nullable Long refreshSeconds,
            @Nullable String offBoarding,
            @Nullable List<String> secondFactor,
            @Nullable List<String> acr,
            @Nullable List<String> amr,
            @Nullable String authorizationUrl,
            @Nullable String tokenUrl,
            @Nullable String userInfoUrl,
            @Nullable String subjectField,
            @Nullable String nameField,
            @Nullable String mailField,
            @Nullable String mailVerifiedField,
            @Nullable String metadataUrl,
            @Nullable String metadata,
            @Nullable Boolean signRequests,
            @Nullable String nameIdFormat) {
        /** Shows no secret. */
        @Override
        public String toString() {
            return "NewProvider[" + name + "]";
        }

        /** Endpoints are named together, for a provider of OAuth 2 alone, or not at all. */
        private @Nullable OAuth2Endpoints oauth2() {
            if (authorizationUrl == null && tokenUrl == null && userInfoUrl == null) {
                return null;
            }
            if (authorizationUrl == null || tokenUrl == null || userInfoUrl == null || subjectField == null) {
                throw new IllegalArgumentException(
                        "a provider without OpenID Connect needs the URLs of authorization, token and user"
                                + " info, and which field of that says who somebody is");
            }
            return new OAuth2Endpoints(
                    authorizationUrl,
                    tokenUrl,
                    userInfoUrl,
                    subjectField,
                    nameField == null ? "name" : nameField,
                    mailField == null ? "email" : mailField,
                    mailVerifiedField == null ? "email_verified" : mailVerifiedField);
        }

        /** What a provider of SAML says of itself, if it is one and was given that. */
        private @Nullable IdpMetadata described(Instant now) {
            if (metadata == null) {
                return null;
            }
            try {
                return IdpMetadata.parse(metadata.getBytes(StandardCharsets.UTF_8), issuer, now);
            } catch (SamlException e) {
                throw new IllegalArgumentException("metadata: " + e.getMessage(), e);
            }
        }

        private @Nullable SamlSettings saml(@Nullable IdpMetadata described) {
            if (metadataUrl == null && described == null) {
                if (signRequests != null || nameIdFormat != null || SAML.equals(kind)) {
                    throw new IllegalArgumentException(
                            "a provider of SAML is described by metadata, or at a metadataUrl");
                }
                return null;
            }
            if (metadataUrl != null && described != null) {
                throw new IllegalArgumentException("either metadata or a metadataUrl");
            }
            return new SamlSettings(
                    metadataUrl == null ? "" : metadataUrl,
                    described == null ? "" : described.signOnUrl(),
                    described == null ? List.of() : described.certificates(),
                    Boolean.TRUE.equals(signRequests),
                    nameIdFormat == null ? NameIds.PERSISTENT : NameIds.parse(nameIdFormat),
                    orEmpty(subjectField),
                    orEmpty(nameField),
                    orEmpty(mailField),
                    orEmpty(mailVerifiedField));
        }

        private static String orEmpty(@Nullable String text) {
            return text == null ? "" : text;
        }

        private void requireKind(String found) {
            if (kind != null && !kind.equals(found)) {
                throw new IllegalArgumentException(
                        List.of(OIDC, OAUTH2, SAML).contains(kind)
                                ? "what is said of it is of the kind " + found + ", not " + kind
                                : "a provider is of the kind oidc, oauth2 or saml, not " + kind);
            }
        }

        private String issuer(@Nullable IdpMetadata described) {
            if (issuer == null && described == null) {
                throw new IllegalArgumentException("issuer: what the provider calls itself is missing");
            }
            return issuer == null && described != null ? described.entityId() : orEmpty(issuer);
        }

        private Set<String> algorithms(boolean isSaml) {
            return algorithms != null ? Set.copyOf(algorithms) : isSaml ? SAML_ALGORITHMS : Set.of("RS256");
        }

        private Duration refresh(boolean isSaml) {
            return refreshSeconds != null
                    ? Duration.ofSeconds(refreshSeconds)
                    : isSaml ? IdentityProvider.DEFAULT_WORD : IdentityProvider.DEFAULT_REFRESH;
        }

        IdentityProvider in(long domainId, Instant now) {
            IdpMetadata described = described(now);
            SamlSettings saml = saml(described);
            OAuth2Endpoints oauth2 = oauth2();
            boolean isOidc = saml == null && oauth2 == null;
            requireKind(saml != null ? SAML : isOidc ? OIDC : OAUTH2);
            return new IdentityProvider(
                    0,
                    domainId,
                    name,
                    label == null ? name : label,
                    issuer(described),
                    orEmpty(clientId),
                    scopes == null ? (isOidc ? DEFAULT_SCOPES : List.of()) : scopes,
                    algorithms(saml != null),
                    admits == null ? Admits.USERS : Admits.parse(admits),
                    mailDomains == null
                            ? Set.of()
                            : mailDomains.stream()
                                    .map(domain -> domain.toLowerCase(Locale.ROOT))
                                    .collect(Collectors.toSet()),
                    groupsClaim == null ? "" : groupsClaim,
                    groups == null ? Set.of() : Set.copyOf(groups),
                    Boolean.TRUE.equals(localAddresses),
                    refresh(saml != null),
                    offBoarding == null ? OffBoarding.NODES : OffBoarding.parse(offBoarding),
                    new SecondFactor(
                            secondFactor == null
                                    ? Set.of()
                                    : secondFactor.stream()
                                            .map(SecondFactor.Use::parse)
                                            .collect(Collectors.toSet()),
                            acr == null ? List.of() : acr,
                            amr == null ? Set.of() : Set.copyOf(amr)),
                    oauth2,
                    saml,
                    Instant.EPOCH);
        }
    }

    static List<Route> routes() {
        return List.of(
                Route.list(
                        ALL,
                        Permission.SERVER_READ,
                        ProviderView.class,
                        "Lists the identity providers, by which people sign in",
                        call -> call.administration()
                                .providers()
                                .list(call.caller())
                                .map(listed ->
                                        listed.stream().map(ProviderView::of).toList())),
                Route.change(
                        Method.POST,
                        ALL,
                        Permission.SERVER_WRITE,
                        NewProvider.class,
                        ProviderView.class,
                        "Adds a provider of OpenID Connect, OAuth 2 or SAML, whose users are in a domain; its secret is never shown again",
                        ProviderRoutes::add),
                Route.get(
                        ONE,
                        Permission.SERVER_READ,
                        ProviderView.class,
                        "Shows an identity provider",
                        call -> call.administration()
                                .providers()
                                .show(call.caller(), call.inPath("provider"))
                                .map(ProviderView::of)),
                Route.change(
                        Method.DELETE,
                        ONE,
                        Permission.SERVER_WRITE,
                        Void.class,
                        ProviderView.class,
                        "Forgets an identity provider and ends the sessions that began by it; its users stay",
                        call -> call.administration()
                                .providers()
                                .remove(call.caller(), call.inPath("provider"))
                                .map(ProviderView::of)),
                Route.change(
                        Method.POST,
                        ONE + "/test",
                        Permission.SERVER_WRITE,
                        Void.class,
                        ProviderView.class,
                        "Asks an identity provider for its description and its keys; a conflict says what is wrong",
                        call -> call.administration()
                                .providers()
                                .test(call.caller(), call.inPath("provider"))
                                .map(ProviderView::of)));
    }

    private static Outcome<ProviderView> add(Call call) {
        NewProvider body = call.body(NewProvider.class);
        ProviderOperations providers = call.administration().providers();
        LongFunction<IdentityProvider> wanted = domainId -> body.in(domainId, Instant.now());
        Outcome<ProviderOperations.Listed> added = Boolean.TRUE.equals(body.signRequests)
                ? providers.addSigning(call.caller(), body.name, body.domain, wanted)
                : providers.add(
                        call.caller(),
                        body.name,
                        body.domain,
                        wanted,
                        body.clientSecret == null ? "" : body.clientSecret);
        return added.map(ProviderView::of);
    }
}
