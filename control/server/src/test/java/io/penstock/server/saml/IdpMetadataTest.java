package io.penstock.server.saml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IdpMetadataTest {
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");
    private static final List<String> ONE = List.of(FakeIdp.text(FakeIdp.KEY));

    /** A certificate with a key of RSA of 1024 bits, made for this test; the private one is gone. */
    private static final String SHORT_KEY =
            "MIIB/DCCAWWgAwIBAgIUT/T/oPJ8EX8/UTcrnqrqAEbZ/8AwDQYJKoZIhvcNAQELBQAwEDEOMAwGA1UEAwwFc2hvcnQwHhcNMjYxMTI3MDIxNT"
                    + "MyWhcNMzYxMTI0MDIxNTMyWjAQMQ4wDAYDVQQDDAVzaG9ydDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA6qAXF73QwvpUaV5yTjo+8nwC"
                    + "xKIFJpe/Glfa9mKZggA+iNQar8w+Ygd/h255+WPbeZKiVK5pZ0xs5MlAdXNQyfdftbcyD0aOYKEdI4oF2Ub7HfFQIA+0HagqDB5JyKW4OOEzJq"
                    + "hA9igtg2yFPqR3pYHnF+RSq4YlBDfBu8MdSAsCAwEAAaNTMFEwHQYDVR0OBBYEFK1/5hj6yPL+kowkU4cSFoxs6KyJMB8GA1UdIwQYMBaAFK1/"
                    + "5hj6yPL+kowkU4cSFoxs6KyJMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEANqSEwsIU6hUPKrYodDI96rGXSvBtjuJmWekZxB"
                    + "52ZmFh1xx8pln+ynMC36l7jmS4Yjh7Oax2ViSSPhSrJN7CChSEwgZMWVqemKCubpCvponlsWWbARBhVr03gyp57VsucGqedtdqg5453fDHKhQP"
                    + "ZzD7koHsgnhV2kd7CxXrRdc=";

    private static IdpMetadata parse(String text, @Nullable String entityId) throws SamlException {
        return IdpMetadata.parse(text.getBytes(StandardCharsets.UTF_8), entityId, NOW);
    }

    private static void refuses(String why, String text) {
        SamlException refusal = assertThrows(SamlException.class, () -> parse(text, FakeIdp.ENTITY_ID));
        assertTrue(String.valueOf(refusal.getMessage()).contains(why), refusal.getMessage());
    }

    @Test
    void saysWhoWhereAndByWhichKeys() throws SamlException {
        IdpMetadata said = parse(FakeIdp.metadata(List.of(FakeIdp.KEY, FakeIdp.OTHER_KEY)), null);

        assertEquals(FakeIdp.ENTITY_ID, said.entityId());
        assertEquals(FakeIdp.SIGN_ON, said.signOnUrl(), "the one by HTTP-Redirect");
        assertEquals(
                List.of(
                        FakeIdp.KEY.certificate().getPublicKey(),
                        FakeIdp.OTHER_KEY.certificate().getPublicKey()),
                said.keys());
    }

    @Test
    void findsOneOfSeveral() throws SamlException {
        String one = FakeIdp.metadata(ONE, "");
        String both = "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">" + one
                + one.replace(FakeIdp.ENTITY_ID, "https://other.example") + "</md:EntitiesDescriptor>";

        assertEquals(FakeIdp.ENTITY_ID, parse(both, FakeIdp.ENTITY_ID).entityId());
        assertThrows(SamlException.class, () -> parse(both, null));
        assertThrows(SamlException.class, () -> parse(both, "https://third.example"));
    }

    @Test
    void refusesWhatIsOutOfDate() throws SamlException {
        assertEquals(
                FakeIdp.ENTITY_ID,
                parse(FakeIdp.metadata(ONE, " validUntil=\"2026-11-26T12:00:01Z\""), null)
                        .entityId());
        refuses("was good until", FakeIdp.metadata(ONE, " validUntil=\"2026-11-26T12:00:00Z\""));
    }

    @Test
    void refusesWhatCannotBeUsed() {
        String good = FakeIdp.metadata(ONE, "");
        refuses("of no identity provider", good.replace("IDPSSODescriptor", "SPSSODescriptor"));
        refuses("no SingleSignOnService by HTTP-Redirect", good.replace("HTTP-Redirect", "HTTP-Artifact"));
        refuses(
                "does not speak SAML 2.0",
                good.replace("Enumeration=\"urn:oasis:names:tc:SAML:2.0", "Enumeration=\"urn:1"));
        refuses("names 0 certificates", FakeIdp.metadata(List.<String>of(), ""));
        refuses("names 0 certificates", good.replace("\"signing\"", "\"encryption\""));
        refuses("cannot be read", FakeIdp.metadata(List.of("QUJD"), ""));
        refuses("neither RSA of 2048 bits", FakeIdp.metadata(List.of(SHORT_KEY), ""));
        refuses("DOCTYPE", "<!DOCTYPE x>" + good);
    }

    @Test
    void sameKeyTwiceIsOne() throws SamlException {
        assertEquals(
                1,
                parse(FakeIdp.metadata(Collections.nCopies(11, ONE.getFirst()), ""), null)
                        .certificates()
                        .size());
    }
}
