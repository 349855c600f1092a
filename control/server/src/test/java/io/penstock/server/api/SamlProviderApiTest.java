package io.penstock.server.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.server.admin.Caller;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.Role;
import io.penstock.server.saml.FakeIdp;
import io.penstock.server.saml.SpKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Providers of SAML, by the API. */
class SamlProviderApiTest {
    private static final String PROVIDERS = "/api/v1/providers";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path parent;

    private ApiFixture fixture;
    private Caller operator;

    @BeforeEach
    void open() {
        fixture = new ApiFixture(parent);
        operator = fixture.session(fixture.operator);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static ObjectNode wanted() {
        ObjectNode body = JSON.createObjectNode();
        body.put("name", "corp").put("domain", "red").put("kind", "saml");
        return body.put("metadata", FakeIdp.metadata(List.of(FakeIdp.KEY)));
    }

    private ApiResponse add(ObjectNode body) {
        return fixture.call(Method.POST, PROVIDERS, operator, body.toString());
    }

    private void refuses(String why, ObjectNode body) {
        ApiResponse answer = add(body);
        assertEquals(422, answer.status(), answer.text());
        assertTrue(answer.text().contains(why), answer.text());
        assertTrue(fixture.store.read(tx -> tx.providers().list()).isEmpty(), "nothing is changed");
    }

    @Test
    void isAddedByItsMetadata() throws IOException {
        ApiResponse added = add(wanted());
        assertEquals(200, added.status(), added.text());
        JsonNode shown = JSON.readTree(
                fixture.call(Method.GET, PROVIDERS + "/corp", operator, "").text());
        assertEquals("saml", shown.path("kind").asText());
        assertEquals(FakeIdp.ENTITY_ID, shown.path("issuer").asText());
        assertEquals(FakeIdp.SIGN_ON, shown.path("signOnUrl").asText());
        assertEquals("/login/from/corp", shown.path("callbackPath").asText());
        assertEquals("/login/metadata/corp", shown.path("metadataPath").asText());
        assertEquals(30 * 86_400, shown.path("refreshSeconds").asInt());
        assertTrue(shown.path("logoutPath").isNull());
        assertEquals(1, shown.path("certificates").size());
    }

    @Test
    void isAddedByWhereItsMetadataIs() {
        ObjectNode body = wanted().put("metadataUrl", "https://idp.example.test/metadata");
        refuses("either metadata or a metadataUrl", body);
        body.remove("metadata");
        refuses("issuer: what the provider calls itself is missing", body);
        refuses("without TLS", body.deepCopy().put("issuer", "urn:idp").put("metadataUrl", "http://10.0.0.1/m"));
        assertEquals(
                200,
                add(body.put("issuer", "http://adfs.example.test/adfs/services/trust"))
                        .status());
    }

    @Test
    void saysWhatIsWrong() {
        refuses("metadata: the document is not XML", wanted().put("metadata", "x"));
        refuses("DOCTYPE", wanted().put("metadata", "<!DOCTYPE x><x/>"));
        refuses("of no identity provider https://other", wanted().put("issuer", "https://other.example"));
        refuses("is of the kind saml, not oidc", wanted().put("kind", "oidc"));
        refuses("is of the kind oidc, oauth2 or saml", wanted().put("kind", "ldap"));
        refuses("persistent, email or unspecified", wanted().put("nameIdFormat", "transient"));
        refuses("no client secret", wanted().put("clientSecret", "x"));
        refuses("neither scopes", wanted().set("scopes", JSON.createArrayNode().add("openid")));
        refuses("10 seconds to 400 days", wanted().put("refreshSeconds", 401 * 86_400));
        ObjectNode bare = wanted();
        bare.remove("metadata");
        refuses("is described by metadata", bare);
    }

    @Test
    void keyOfOurRequestsIsMadeForItAndShownToNobody() {
        Caller member = fixture.session(fixture.user("red", Role.MEMBER));
        ObjectNode body = wanted().put("signRequests", true);
        assertEquals(
                403,
                fixture.call(Method.POST, PROVIDERS, member, body.toString()).status());
        ApiResponse added = add(body);
        assertEquals(200, added.status(), added.text());

        IdentityProvider provider =
                fixture.store.read(tx -> tx.providers().find("corp")).orElseThrow();
        String secret = fixture.store.read(tx -> tx.providers().secret(provider));
        assertEquals("RSA", SpKey.parse(secret).key().getAlgorithm());
        assertFalse(added.text().contains(secret.substring(0, 40)));
    }
}
