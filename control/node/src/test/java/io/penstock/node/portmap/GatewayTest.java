package io.penstock.node.portmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Lines as Linux writes them on a little-endian machine. */
class GatewayTest {
    private static final String HEAD =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";

    private static String line(
            String device, String destination, String gateway, String flags, int metric, String mask) {
        return String.join("\t", device, destination, gateway, flags, "0", "0", "" + metric, mask, "0", "0", "0");
    }

    @Test
    void theDefaultRouteWithTheLeastMetricCounts() {
        List<String> lines = List.of(
                HEAD,
                line("eth0", "00000000", "0101A8C0", "0003", 100, "00000000"),
                line("wlan0", "00000000", "0100000A", "0003", 20, "00000000"),
                line("eth1", "00000000", "0200000A", "0002", 1, "00000000"),
                line("eth0", "0001A8C0", "00000000", "0001", 0, "00FFFFFF"));
        assertEquals(new Gateway.Route("wlan0", 0x0a000001, 20), Gateway.best(lines));
    }

    @Test
    void aRouteWithoutARouterIsNone() {
        assertNull(Gateway.best(List.of(HEAD, line("ppp0", "00000000", "00000000", "0001", 0, "00000000"))));
        assertNull(Gateway.best(List.of(HEAD, line("eth0", "00000000", "0101A8C0", "0003", 0, "00000080"))));
        assertNull(Gateway.best(List.of(HEAD, "short")));
        assertNull(Gateway.best(List.of()));
    }
}
