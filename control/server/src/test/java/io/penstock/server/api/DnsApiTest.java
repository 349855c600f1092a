package io.penstock.server.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.admin.Caller;
import io.penstock.server.model.Change;
import io.penstock.server.model.ChangeKind;
import io.penstock.server.model.Role;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whom nodes ask for names, by the API. */
class DnsApiTest {
    private static final String SETTINGS = "/api/v1/domains/red/dns-settings";
    private static final String NOTHING = "{\"nameservers\":[],\"overrideLocal\":false,\"search\":[],\"split\":[]}";

    @TempDir
    private Path parent;

    private ApiFixture fixture;
    private Caller admin;

    @BeforeEach
    void open() {
        fixture = new ApiFixture(parent);
        admin = fixture.session(fixture.user("red", Role.ADMIN));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private ApiResponse change(String body) {
        return fixture.call(Method.PATCH, SETTINGS, admin, body);
    }

    private String shown() {
        return fixture.call(Method.GET, SETTINGS, admin, "").text();
    }

    @Test
    void changesWhatIsGivenAndNothingElse() {
        assertEquals(NOTHING, shown());

        assertEquals(
                200,
                change(
                                "{\"nameservers\":[\"9.9.9.9\",\"2620:FE::fe\"],\"overrideLocal\":true,\"search\":[\"Corp.Example\"],"
                                        + "\"split\":[{\"suffix\":\"corp.example\",\"nameservers\":[\"10.0.0.53\"]},"
                                        + "{\"suffix\":\"lab\",\"nameservers\":[\"10.9.0.53:5353\"]}]}")
                        .status());
        assertEquals(
                "{\"nameservers\":[\"9.9.9.9\",\"2620:fe::fe\"],\"overrideLocal\":true,\"search\":[\"corp.example\"],"
                        + "\"split\":[{\"suffix\":\"corp.example\",\"nameservers\":[\"10.0.0.53\"]},"
                        + "{\"suffix\":\"lab\",\"nameservers\":[\"10.9.0.53:5353\"]}]}",
                shown());

        assertEquals(
                "{\"nameservers\":[\"9.9.9.9\",\"2620:fe::fe\"],\"overrideLocal\":true,\"search\":[],"
                        + "\"split\":[{\"suffix\":\"lab\",\"nameservers\":[\"10.9.0.53:5353\"]}]}",
                change("{\"search\":[],\"split\":[{\"suffix\":\"corp.example\",\"nameservers\":[]}]}")
                        .text());
        assertTrue(
                fixture.audit("red").getFirst().endsWith("|change DNS settings|red|allowed|"),
                fixture.audit("red").getFirst());
    }

    @Test
    void nodesAreToldOnlyOfWhatIsOther() {
        change("{\"nameservers\":[\"9.9.9.9\"]}");
        long before = fixture.store.read(tx -> tx.changes().last());

        change("{\"nameservers\":[\"9.9.9.9\"]}");
        long after = fixture.store.read(tx -> tx.changes().last());
        assertEquals(before, after, "the same again");

        change("{\"nameservers\":[]}");
        List<Change> changes =
                fixture.store.read(tx -> tx.changes().since(before, 10)).orElseThrow();
        assertEquals(List.of(ChangeKind.DNS), changes.stream().map(Change::kind).toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{'overrideLocal':true} | to override the local nameservers takes nameservers",
                "{'nameservers':['dns.example']} | 'dns.example' is not a nameserver: an address such as",
                "{'nameservers':['9.9.9.9','9.9.9.9']} | there twice",
                "{'search':['red.example']} | red.example is the domain's own suffix",
                "{'search':['a.']} | 'a.' is not a DNS suffix",
                "{'split':[{'suffix':'red.example','nameservers':['9.9.9.9']}]} | red.example is the domain's own suffix",
                "{'split':[{'suffix':'lab','nameservers':[]}]} | no nameservers are set for lab",
                "{'split':[{'suffix':'lab','nameservers':['9.9.9.9']},{'suffix':'lab','nameservers':['9.9.9.9']}]} | lab is there twice",
                "{'split':[{'suffix':'lab'}]} | 'nameservers' is missing",
                "{'split':[null]} | 'split' has a null in it",
                "{'split':[{'suffix':'lab','nameservers':[null]}]} | 'nameservers' has a null in it",
                "{'magic':true} | magic"
            })
    void saysWhatIsWrongAndChangesNothing(String body, String why) {
        ApiResponse answer = change(body.replace('\'', '"'));

        assertEquals(422, answer.status());
        assertTrue(answer.text().replace("\\\"", "\"").contains(why), answer.text());
        assertEquals(NOTHING, shown());
    }

    @Test
    void dnsRecordsAreChecked() {
        String path = "/api/v1/domains/red/dns-records";
        String body = "{\"name\":\"%s\",\"type\":\"%s\",\"value\":\"%s\"}";
        assertEquals(
                200,
                fixture.call(Method.POST, path, admin, body.formatted("Db.Example", "A", "192.0.2.1"))
                        .status());
        assertEquals(
                409,
                fixture.call(Method.POST, path, admin, body.formatted("db.example", "A", "192.0.2.1"))
                        .status());
        assertEquals(
                422,
                fixture.call(Method.POST, path, admin, body.formatted("db.example", "AAAA", "192.0.2.1"))
                        .status());
        assertEquals(
                422,
                fixture.call(Method.POST, path, admin, body.formatted("db.example", "TXT", "192.0.2.1"))
                        .status());
        assertEquals(
                422,
                fixture.call(Method.POST, path, admin, body.formatted("db", "A", "192.0.2.1"))
                        .status());
        assertEquals(
                422,
                fixture.call(Method.POST, path, admin, body.formatted("d b.example", "A", "192.0.2.1"))
                        .status());
        assertEquals(
                422,
                fixture.call(Method.POST, path, admin, body.formatted("db.example", "A", "host"))
                        .status());
    }
}
