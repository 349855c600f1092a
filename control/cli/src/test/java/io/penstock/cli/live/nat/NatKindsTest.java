package io.penstock.cli.live.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.lab.nat.NatKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each router of the lab is what its name says: coturn's client behind it finds out, against coturn's server; and so does {@code penstock
 * netcheck}, against coturn's server and against our own.
 */
@Tag("live")
class NatKindsTest {
    private static final String SERVER = Internet.NETWORK + 1;
    private static final String SECOND = Internet.NETWORK + 2;
    private static final String RELAY = Internet.NETWORK + 3;
    private static final String RELAY_SECOND = Internet.NETWORK + 4;

    @TempDir
    private Path folder = Path.of("");

    private record Asked(
            NatSite site,
            Future<Coturn.Verdict> gateway,
            Future<Coturn.Verdict> host,
            Future<NetcheckProgram.Outcome> byRelay,
            Future<NetcheckProgram.Outcome> hostByRelay) {}

    @Test
    void areWhatTheirNamesSay() throws Exception {
        List<Asked> all = new ArrayList<>();
        try (Internet internet = new Internet(1, 2, 3, 4);
                Coturn coturn = new Coturn(internet.site, SERVER, SECOND, folder);
                NetcheckProgram netcheck = new NetcheckProgram(internet.site, RELAY, RELAY_SECOND, folder);
                ExecutorService waiting = Executors.newVirtualThreadPerTaskExecutor()) {
            int number = 10;
            for (NatKind kind : NatKind.values()) {
                NatSite site = NatSite.make(internet, name(kind), kind, number++);
                all.add(new Asked(
                        site,
                        waiting.submit(() -> coturn.discover(site.gateway, site.network() + 2)),
                        waiting.submit(() -> coturn.discover(site.host, site.hostAddress())),
                        waiting.submit(() -> netcheck.byRelay(site.gateway, expected(kind))),
                        waiting.submit(() -> netcheck.byRelay(site.host, behindItsOwnFirewall(kind)))));
            }
            for (Asked asked : all) { // coturn's server leaves some unanswered if many ask it at once
                asked.byRelay().get();
                asked.hostByRelay().get();
                asked.gateway().get();
                asked.host().get();
            }
            int silent = 0;
            for (Asked asked : all) {
                NatKind kind = asked.site().kind;
                NatSite site = asked.site();
                Coturn.Verdict gateway = asked.gateway().get();
                if (!gateway.equals(expected(kind))) { // what is late counts as filtered: once more, alone
                    gateway = coturn.discover(site.gateway, site.network() + 2);
                }
                Coturn.Verdict host = asked.host().get();
                if (!host.equals(behindItsOwnFirewall(kind))) {
                    host = coturn.discover(site.host, site.hostAddress());
                }
                System.out.printf("%-16s gateway %s%n%-16s host    %s%n", kind, gateway, "", host);
                assertEquals(expected(kind), gateway, kind.toString());
                assertEquals(behindItsOwnFirewall(kind), host, "a host with a firewall, " + kind);
                assertTranslates(site);
                silent += assertNetcheck(kind, asked, gateway, netcheck) ? 0 : 1;
            }
            assertTrue(silent <= 1, silent + " of " + all.size() + " heard nothing of coturn's second address");
        } finally {
            all.forEach(asked -> asked.site().close());
        }
    }

    private static String name(NatKind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Coturn.Verdict expected(NatKind kind) {
        // Without any answer, coturn says nothing about filtering.
        String filtering =
                kind == NatKind.UDP_BLOCKED ? "NONE" : kind.filtering().name();
        return new Coturn.Verdict(kind.mapping().name(), filtering, kind.hairpins());
    }

    /** A firewall of its own makes the widest router a narrow one: it lets in who was sent to from the very port. */
    private static Coturn.Verdict behindItsOwnFirewall(NatKind kind) {
        String filtering = kind == NatKind.UDP_BLOCKED ? "NONE" : NatKind.Filtering.ADDRESS_AND_PORT_DEPENDENT.name();
        return new Coturn.Verdict(kind.mapping().name(), filtering, false);
    }

    /**
     * {@code penstock netcheck} says what coturn's client says, whoever's server it asks. False if coturn's server has left its requests at
     * the second address unanswered, as it does at times with one machine for some seconds; netcheck says then that it does not know.
     */
    private static boolean assertNetcheck(NatKind kind, Asked asked, Coturn.Verdict gateway, NetcheckProgram netcheck)
            throws Exception {
        NetcheckProgram.Outcome byRelay = asked.byRelay().get();
        NetcheckProgram.Outcome byCoturn = netcheck.byServer(asked.site().gateway, SERVER, gateway);
        NetcheckProgram.Outcome host = asked.hostByRelay().get();
        System.out.printf("%-16s netcheck %s%n", "", byRelay.verdict());
        assertEquals(gateway, byRelay.verdict(), kind + ", by our relay: " + byRelay);
        boolean isOpen = kind != NatKind.UDP_BLOCKED;
        boolean isHeard = !isOpen || !byCoturn.verdict().mapping().equals("NONE");
        if (isHeard) {
            assertEquals(gateway, byCoturn.verdict(), kind + ", by coturn's server: " + byCoturn);
        }
        // A hairpin is tried as two nodes do it, who both send: that passes a host's firewall, which coturn's one
        // request does not.
        Coturn.Verdict narrow = behindItsOwnFirewall(kind);
        assertEquals(narrow.mapping(), host.verdict().mapping(), "a host with a firewall, " + kind);
        assertEquals(narrow.filtering(), host.verdict().filtering(), "a host with a firewall, " + kind);
        assertTrue(byRelay.says("\"udp\": " + isOpen), byRelay.json());
        // The blocked one comes last, when all others have been looked at.
        NetcheckProgram.Outcome measured = isOpen ? byRelay : netcheck.byConnection(asked.site().gateway);
        assertTrue(measured.says("\"" + (isOpen ? "ipv4" : "https") + "_ms\": [0-9.]+"), measured.json());
        assertTrue(measured.says("\"preferred_region\": \"own\""), measured.json());
        assertEquals(0, measured.status());
        assertEquals(isOpen ? 0 : 6, byCoturn.status(), byCoturn.json()); // there is nothing that answers by TCP
        return isHeard;
    }

    /** From outside two routers in a row look like one. */
    private static void assertTranslates(NatSite site) {
        List<Long> translated = site.translated();
        assertEquals(site.kind == NatKind.DOUBLE ? 2 : 1, translated.size());
        boolean isOpen = site.kind != NatKind.UDP_BLOCKED;
        assertTrue(translated.stream().allMatch(flows -> flows > 0 == isOpen), site + " translates " + translated);
    }
}
