package io.penstock.server.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.route.Prefix;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Text forms and bounds of the small values. */
class ModelTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1:1", "[2001:db8::1]:65535"})
    void endpointIsReadBack(String text) {
        assertEquals(text, NodeEndpoint.parse(text, 2).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":1",
                "192.0.2.1",
                "192.0.2.1:",
                "192.0.2.1:0",
                "192.0.2.1:65536",
                "192.0.2.1:-1",
                "2001:db8::1:80",
                "[192.0.2.1]:80",
                "host:80",
                "192.0.2.1:+80"
            })
    void refusesWhatIsNoEndpoint(String text) {
        assertThrows(IllegalArgumentException.class, () -> NodeEndpoint.parse(text, 0));
    }

    @Test
    void tagsAreSortedAndReadBack() {
        Tags tags = Tags.of(List.of("tag:web", "tag:db", "tag:web"));
        assertEquals("tag:db tag:web", tags.toString());
        assertEquals(tags, Tags.parse(tags.toString()));
        assertEquals(Tags.NONE, Tags.parse(""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"web", "tag:", "tag:1a", "tag:a b", "tag:-a", "tag:a_b", "TAG:a"})
    void refusesWhatIsNoTag(String text) {
        assertThrows(IllegalArgumentException.class, () -> Tags.of(List.of(text)));
    }

    @ParameterizedTest
    @CsvSource({
        "Home, home.example, 100.64.0.0/10, fd7a:115c:a1e0::/48, not a name",
        "home, home..example, 100.64.0.0/10, fd7a:115c:a1e0::/48, not a DNS suffix",
        "home, home.example, 10.0.0.0/8, fd7a:115c:a1e0::/48, is not within 100.64.0.0/10",
        "home, home.example, 100.0.0.0/8, fd7a:115c:a1e0::/48, is not within",
        "home, home.example, fd7a:115c:a1e0::/48, fd7a:115c:a1e0::/48, is not within",
        "home, home.example, 100.64.0.0/10, fd00::/48, is not within",
        "home, home.example, 100.64.0.0/31, fd7a:115c:a1e0::/48, no room",
        "home, home.example, 100.64.0.0/32, fd7a:115c:a1e0::/48, no room",
    })
    void refusesADomainThatCannotWork(String name, String suffix, String v4, String v6, String reason) {
        IllegalArgumentException refusal = assertThrows(
                IllegalArgumentException.class,
                () -> Domain.checkSettings(name, suffix, Prefix.parse(v4), Prefix.parse(v6), Duration.ofDays(1)));
        assertTrue(refusal.toString().contains(reason), refusal.toString());
    }

    @Test
    void identityIsIssuerAndSubject() {
        assertThrows(IllegalArgumentException.class, () -> new Identity("", "a"));
        assertThrows(IllegalArgumentException.class, () -> new Identity("https://idp.example", " "));
        assertThrows(IllegalArgumentException.class, () -> new Identity("a", "b".repeat(600)));
    }

    @Test
    void rolesAndChangesAreReadBack() {
        for (Role role : Role.values()) {
            assertEquals(role, Role.parse(role.toString()));
        }
        for (ChangeKind kind : ChangeKind.values()) {
            assertEquals(kind, ChangeKind.parse(kind.text()));
        }
        assertThrows(IllegalArgumentException.class, () -> Role.parse("root"));
        assertThrows(IllegalArgumentException.class, () -> ChangeKind.parse("root"));
    }
}
