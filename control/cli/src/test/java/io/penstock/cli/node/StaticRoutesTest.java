package io.penstock.cli.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.protocol.hujson.Hujson;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaticRoutesTest {
    private static final String STATUS = """
            {"self":{"overlay":["100.64.0.1","fd7a:115c:a1e0::1"],"lan":["10.1.0.0/24","fd00:1::/64","0.0.0.0/0","::/0"]},
             "routes":[{"prefix":"10.2.0.0/24","state":"active"},{"prefix":"10.3.0.0/24","state":"standby"},
                       {"prefix":"0.0.0.0/0","state":"active"},{"prefix":"fd00:2::/64","state":"active"}]}""";

    @Test
    void sendsWhatIsInForceAndTheNetworkItselfToTheAddressInTheLan() throws Exception {
        List<String> lines = StaticRoutes.lines(
                new Reply(Hujson.parse(STATUS)), List.of("192.0.2.1", "10.1.0.5", "fd00:1::5"), Router.LINUX);

        assertEquals(
                List.of(
                        "ip route add 10.2.0.0/24 via 10.1.0.5",
                        "ip route add 100.64.0.0/10 via 10.1.0.5",
                        "ip -6 route add fd00:2::/64 via fd00:1::5",
                        "ip -6 route add fd7a:115c:a1e0::/48 via fd00:1::5"),
                lines);
    }

    @Test
    void saysWhatToPutWhereTheAddressIsNotKnown() throws Exception {
        List<String> lines = StaticRoutes.lines(new Reply(Hujson.parse(STATUS)), List.of(), Router.CISCO);

        assertEquals("ip route 10.2.0.0 255.255.255.0 (this gateway's address in 10.1.0.0/24)", lines.getFirst());
    }

    @ParameterizedTest
    @CsvSource({
        "LINUX, 10.2.0.0/16, 10.1.0.1, ip route add 10.2.0.0/16 via 10.1.0.1",
        "VYOS, 10.2.0.0/16, 10.1.0.1, set protocols static route 10.2.0.0/16 next-hop 10.1.0.1",
        "VYOS, fd00:2::/64, fd00:1::1, set protocols static route6 fd00:2::/64 next-hop fd00:1::1",
        "MIKROTIK, 10.2.0.0/16, 10.1.0.1, /ip route add dst-address=10.2.0.0/16 gateway=10.1.0.1",
        "MIKROTIK, fd00:2::/64, fd00:1::1, /ipv6 route add dst-address=fd00:2::/64 gateway=fd00:1::1",
        "CISCO, 10.2.0.0/20, 10.1.0.1, ip route 10.2.0.0 255.255.240.0 10.1.0.1",
        "CISCO, fd00:2::/64, fd00:1::1, ipv6 route fd00:2::/64 fd00:1::1",
    })
    void writesTheLanguageOfTheRouter(Router router, String prefix, String via, String line) {
        assertEquals(line, router.route(Prefix.parse(prefix), via));
    }
}
