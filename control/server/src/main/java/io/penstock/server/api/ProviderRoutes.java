package io.penstock.server.api;

import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.Permission;
import io.penstock.server.admin.ProviderOperations;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.IdentityProvider.OffBoarding;
import io.penstock.server.model.OAuth2Endpoints;
import io.penstock.server.model.SecondFactor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Identity providers. */
final class ProviderRoutes {
    private static final String ALL = "/api/v1/providers";
    private static final String ONE = ALL + "/{provider}";
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
            String callbackPath,
            String logoutPath,
            String created) {
        static ProviderView of(ProviderOperations.Listed listed) {
            IdentityProvider provider = listed.provider();
            OAuth2Endpoints oauth2 = provider.oauth2();
            return new ProviderView(
                    provider.name(),
                    provider.label(),
                    oauth2 == null ? "oidc" : "oauth2",
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
                    oauth2 == null ? null : oauth2.subjectField(),
                    oauth2 == null ? null : oauth2.nameField(),
                    oauth2 == null ? null : oauth2.mailField(),
                    oauth2 == null ? null : oauth2.verifiedField(),
                    "/login/from/" + provider.name(),
                    "/login/out/" + provider.name(),
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
            String issuer,
            String clientId,
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
            @Nullable String mailVerifiedField) {
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

        IdentityProvider in(long domainId) {
            OAuth2Endpoints oauth2 = oauth2();
            return new IdentityProvider(
                    0,
                    domainId,
                    name,
                    label == null ? name : label,
                    issuer,
                    clientId,
                    scopes == null ? (oauth2 == null ? DEFAULT_SCOPES : List.of()) : scopes,
                    algorithms == null ? Set.of("RS256") : Set.copyOf(algorithms),
                    admits == null ? Admits.USERS : Admits.parse(admits),
                    mailDomains == null
                            ? Set.of()
                            : mailDomains.stream()
                                    .map(domain -> domain.toLowerCase(Locale.ROOT))
                                    .collect(Collectors.toSet()),
                    groupsClaim == null ? "" : groupsClaim,
                    groups == null ? Set.of() : Set.copyOf(groups),
                    Boolean.TRUE.equals(localAddresses),
                    refreshSeconds == null ? IdentityProvider.DEFAULT_REFRESH : Duration.ofSeconds(refreshSeconds),
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
                        "Adds a provider of OpenID Connect, whose users are in a domain; its secret is never shown again",
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
        return call.administration()
                .providers()
                .add(
                        call.caller(),
                        body.name,
                        body.domain,
                        body::in,
                        body.clientSecret == null ? "" : body.clientSecret)
                .map(ProviderView::of);
    }
}
