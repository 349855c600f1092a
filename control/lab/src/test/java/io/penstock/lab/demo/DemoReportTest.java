package io.penstock.lab.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.lab.Latency;
import io.penstock.lab.Machine;
import io.penstock.lab.demo.DemoReport.Carried;
import io.penstock.lab.speed.SpeedReport;
import io.penstock.lab.speed.StreamResult;
import io.penstock.lab.speed.TestPlan;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DemoReportTest {
    private static final long SECOND_NS = 1_000_000_000L;

    @Test
    void trafficMustShowAtBothGatewaysBothWays() {
        assertTrue(new Carried(100, 100, 50, 50).covers(100, 50));
        assertFalse(new Carried(99, 100, 50, 50).covers(100, 50));
        assertFalse(new Carried(100, 99, 50, 50).covers(100, 50));
        assertFalse(new Carried(100, 100, 49, 50).covers(100, 50));
        assertFalse(new Carried(100, 100, 50, 49).covers(100, 50));
    }

    @Test
    void findsTheEngineInALog() {
        assertEquals("ipsec-mb", Demo.engine(List.of("something else", "INFO wg0: cipher engine is ipsec-mb (x2)")));
        assertNull(Demo.engine(List.of("cipher engine libcrypto refused: no library")));
    }

    @Test
    void jsonHasTheFiguresOnTop() {
        String json = report("ipsec-mb").json("0.1");

        assertTrue(json.contains("\"gbitPerSecond\": 8.0000"), json);
        assertTrue(json.contains("\"rttP50Us\": 200.0") && json.contains("\"rttP99Us\": 900.0"), json);
        assertTrue(json.contains("\"handshakeMs\": 5.000") && json.contains("\"lossPercent\": 10.0000"), json);
        assertTrue(json.contains("\"engine\": \"ipsec-mb\""), json);
        assertTrue(report(null).json("0.1").contains("\"engine\": null"));
    }

    @Test
    void textIsForPeople() {
        String text = report("jce").text();

        assertTrue(text.contains("8.00 Gbit/s") && text.contains("10.000 % lost") && text.contains("jce"), text);
        assertTrue(DemoReport.keptText("abc123").contains("ip netns exec ps-abc123-ha"));
    }

    private static DemoReport report(@Nullable String engine) {
        SpeedReport tcp = new SpeedReport(
                TestPlan.tcp(SECOND_NS),
                List.of(new StreamResult(1_000_000_000, SECOND_NS, 0, 0, 0, 0)),
                new Latency(10, 100_000, 200_000, 900_000, 1_000_000),
                Latency.NONE,
                null,
                List.of());
        SpeedReport udp = new SpeedReport(
                TestPlan.udp(1_000_000, SECOND_NS),
                List.of(new StreamResult(90 * 1372, SECOND_NS, 90, 0, 0, 1000)),
                Latency.NONE,
                Latency.NONE,
                new SpeedReport.UdpTotals(100, 90, 0, 0, 1000),
                List.of());
        return new DemoReport(
                "abc123",
                SECOND_NS,
                5_000_000,
                engine,
                tcp,
                tcp,
                tcp,
                udp,
                new Carried(1, 2, 3, 4),
                new Machine("cpu", 2, 1 << 30, "Linux", "25"));
    }
}
