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

/** Each router of the lab is what its name says: coturn's client behind it finds out, against coturn's server. */
@Tag("live")
class NatKindsTest {
    private static final String SERVER = Internet.NETWORK + 1;
    private static final String SECOND = Internet.NETWORK + 2;

    @TempDir
    private Path folder = Path.of("");

    private record Asked(NatSite site, Future<Coturn.Verdict> gateway, Future<Coturn.Verdict> host) {}

    @Test
    void areWhatTheirNamesSay() throws Exception {
        List<Asked> all = new ArrayList<>();
        try (Internet internet = new Internet(1, 2);
                Coturn coturn = new Coturn(internet.site, SERVER, SECOND, folder);
                ExecutorService waiting = Executors.newVirtualThreadPerTaskExecutor()) {
            int number = 10;
            for (NatKind kind : NatKind.values()) {
                NatSite site = NatSite.make(internet, name(kind), kind, number++);
                all.add(new Asked(
                        site,
                        waiting.submit(() -> coturn.discover(site.gateway, site.network() + 2)),
                        waiting.submit(() -> coturn.discover(site.host, site.hostAddress()))));
            }
            for (Asked asked : all) {
                NatKind kind = asked.site().kind;
                Coturn.Verdict gateway = asked.gateway().get();
                Coturn.Verdict host = asked.host().get();
                System.out.printf("%-16s gateway %s%n%-16s host    %s%n", kind, gateway, "", host);
                assertEquals(expected(kind), gateway, kind.toString());
                assertEquals(behindItsOwnFirewall(kind), host, "a host with a firewall, " + kind);
                assertTranslates(asked.site());
            }
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

    /** From outside two routers in a row look like one. */
    private static void assertTranslates(NatSite site) {
        List<Long> translated = site.translated();
        assertEquals(site.kind == NatKind.DOUBLE ? 2 : 1, translated.size());
        boolean isOpen = site.kind != NatKind.UDP_BLOCKED;
        assertTrue(translated.stream().allMatch(flows -> flows > 0 == isOpen), site + " translates " + translated);
    }
}
