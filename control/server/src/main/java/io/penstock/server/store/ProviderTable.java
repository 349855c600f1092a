package io.penstock.server.store;

import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.IdentityProvider.OffBoarding;
import io.penstock.server.model.OAuth2Endpoints;
import io.penstock.server.model.SamlSettings;
import io.penstock.server.model.SecondFactor;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Identity providers. Of one transaction. */
public final class ProviderTable {
    private final Sql sql;
    private final NumberSource numbers;
    private final SecretBox box;
    private final Instant now;

    ProviderTable(Sql sql, NumberSource numbers, SecretBox box, Instant now) {
        this.sql = sql;
        this.numbers = numbers;
        this.box = box;
        this.now = now;
    }

    /**
     * Adds a provider under a new id.
     *
     * @param secret of this coordinator as its client; empty for a public client, and for one of SAML that signs nothing
     */
    public IdentityProvider add(IdentityProvider wanted, String secret) {
        IdentityProvider provider = new IdentityProvider(
                numbers.next("provider"),
                wanted.domainId(),
                wanted.name(),
                wanted.label(),
                wanted.issuer(),
                wanted.clientId(),
                wanted.scopes(),
                wanted.algorithms(),
                wanted.admits(),
                wanted.mailDomains(),
                wanted.groupsClaim(),
                wanted.allowedGroups(),
                wanted.localAddresses(),
                wanted.refresh(),
                wanted.offBoarding(),
                wanted.secondFactor(),
                wanted.oauth2(),
                wanted.saml(),
                now);
        sql.update(
                "INSERT INTO identity_provider VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                provider.id(),
                provider.domainId(),
                provider.name(),
                provider.label(),
                provider.issuer(),
                provider.clientId(),
                secret.isEmpty() ? "" : box.seal(secretName(provider), secret.getBytes(StandardCharsets.UTF_8)),
                lines(provider.scopes()),
                sortedLines(provider.algorithms()),
                provider.admits().toString(),
                sortedLines(provider.mailDomains()),
                provider.groupsClaim(),
                sortedLines(provider.allowedGroups()),
                provider.localAddresses(),
                provider.refresh().toMillis(),
                provider.offBoarding().toString(),
                now,
                sortedLines(provider.secondFactor().uses().stream()
                        .map(SecondFactor.Use::toString)
                        .toList()),
                lines(provider.secondFactor().acr()),
                sortedLines(provider.secondFactor().amr()),
                provider.oauth2() == null ? "" : lines(provider.oauth2().texts()),
                provider.saml() == null ? "" : lines(provider.saml().texts()));
        return provider;
    }

    private static String secretName(IdentityProvider provider) {
        return "provider/" + provider.id();
    }

    static String sortedLines(Collection<String> values) {
        return lines(values.stream().sorted().toList());
    }

    private static String lines(Collection<String> values) {
        return String.join("\n", values);
    }

    static List<String> parseLines(String text) {
        return text.lines().toList();
    }

    /** All of them, by name. */
    public List<IdentityProvider> list() {
        return sql.list("SELECT * FROM identity_provider ORDER BY name", ProviderTable::read);
    }

    public Optional<IdentityProvider> find(String name) {
        return sql.find("SELECT * FROM identity_provider WHERE name = ?", ProviderTable::read, name);
    }

    public Optional<IdentityProvider> find(long id) {
        return sql.find("SELECT * FROM identity_provider WHERE id = ?", ProviderTable::read, id);
    }

    /** By what this coordinator proves itself to the provider; empty for a public client. */
    public String secret(IdentityProvider provider) {
        String sealed = sql.find(
                        "SELECT secret_sealed FROM identity_provider WHERE id = ?",
                        row -> row.text("secret_sealed"),
                        provider.id())
                .orElse("");
        if (sealed.isEmpty()) {
            return "";
        }
        byte[] secret = box.open(secretName(provider), sealed);
        try {
            return new String(secret, StandardCharsets.UTF_8);
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    /** Forgets the provider, whoever is on the way to it, and the sessions that began by it. Its users stay, without a way in. */
    public void remove(IdentityProvider provider) {
        sql.update("DELETE FROM provider_login WHERE provider_id = ?", provider.id());
        sql.update("DELETE FROM provider_grant WHERE provider_id = ?", provider.id());
        sql.update("DELETE FROM provider_logout WHERE provider_id = ?", provider.id());
        sql.update(
                "UPDATE session SET revoked_ms = ? WHERE provider_id = ? AND revoked_ms IS NULL", now, provider.id());
        sql.updateOne("DELETE FROM identity_provider WHERE id = ?", provider.id());
    }

    private static IdentityProvider read(Sql.Row row) throws SQLException {
        return new IdentityProvider(
                row.number("id"),
                row.number("domain_id"),
                row.text("name"),
                row.text("label"),
                row.text("issuer"),
                row.text("client_id"),
                parseLines(row.text("scopes")),
                set(row.text("algorithms")),
                Admits.parse(row.text("admits")),
                set(row.text("mail_domains")),
                row.text("groups_claim"),
                set(row.text("allowed_groups")),
                row.flag("local_addresses"),
                Duration.ofMillis(row.number("refresh_ms")),
                OffBoarding.parse(row.text("off_boarding")),
                new SecondFactor(
                        set(row.text("second_factor")).stream()
                                .map(SecondFactor.Use::parse)
                                .collect(Collectors.toSet()),
                        parseLines(row.text("acr_values")),
                        set(row.text("amr_values"))),
                row.text("oauth2").isEmpty()
                        ? null
                        : OAuth2Endpoints.of(List.of(row.text("oauth2").split("\n", -1))),
                row.text("saml").isEmpty()
                        ? null
                        : SamlSettings.of(List.of(row.text("saml").split("\n", -1))),
                row.time("created_ms"));
    }

    static Set<String> set(String lines) {
        return parseLines(lines).stream().collect(Collectors.toUnmodifiableSet());
    }
}
