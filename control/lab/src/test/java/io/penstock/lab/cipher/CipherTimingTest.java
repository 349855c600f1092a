package io.penstock.lab.cipher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.aead.AeadEngines;
import io.penstock.engine.aead.EngineUnavailableException;
import io.penstock.lab.JsonWriter;
import io.penstock.lab.cipher.CipherReport.Engine;
import io.penstock.lab.cipher.CipherReport.Time;
import io.penstock.lab.cipher.CipherReport.Times;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class CipherTimingTest {
    private static final Time FAST = new Time(200, 250);
    private static final Time SLOW = new Time(1000, 1100.5);
    private static final CipherReport REPORT = new CipherReport(
            "libcrypto",
            40,
            List.of(
                    new Engine(
                            "libcrypto",
                            "libcrypto 3.0.19",
                            List.of(new Times(64, FAST, FAST, SLOW), new Times(1420, FAST, SLOW, SLOW))),
                    new Engine(
                            "jce",
                            "jce 25",
                            List.of(new Times(64, SLOW, SLOW, SLOW), new Times(1420, SLOW, SLOW, SLOW)))),
            List.of(new AeadEngines.Refusal("ipsec-mb", "libIPSec_MB is not installed")));

    @Test
    void timesEveryEngineOrSaysWhyNot() throws EngineUnavailableException {
        CipherReport report = CipherTiming.run(new CipherTiming.Effort(0, 3, 0));

        TreeSet<String> named = new TreeSet<>();
        report.engines().forEach(engine -> named.add(engine.name()));
        report.unavailable().forEach(refusal -> named.add(refusal.name()));
        assertEquals(new TreeSet<>(AeadEngines.NAMES), named);
        assertTrue(report.engines().stream().anyMatch(engine -> engine.name().equals(report.chosen())));
        for (Engine engine : report.engines()) {
            assertEquals(
                    List.of(64, 512, 1420),
                    engine.times().stream().map(Times::lengthBytes).toList());
            for (Times times : engine.times()) {
                for (Time time : List.of(times.seal(), times.open(), times.alone())) {
                    assertTrue(time.leastNs() > 0 && time.leastNs() <= time.medianNs(), engine::toString);
                }
            }
        }
    }

    @Test
    void textHasATableAStarAndReasons() {
        String text = REPORT.text().replaceAll(" +", " ");
        assertTrue(text.contains("* libcrypto 3.0.19\n seal 200 250 200 250 45.44\n"), text);
        assertTrue(text.contains(" seal, alone 1000 1101 1000 1101 10.32\n"), text);
        assertTrue(text.contains("\n jce 25\n"), text);
        assertTrue(text.contains("not available: ipsec-mb: libIPSec_MB is not installed\n"), text);
        assertTrue(text.contains("median of up to 40"), text);
    }

    @Test
    void jsonHasTheSameFigures() {
        JsonWriter json = new JsonWriter().beginObject();
        REPORT.writeMembers(json);
        String document = json.endObject().document();
        assertTrue(document.contains("\"chosen\": \"libcrypto\""), document);
        assertTrue(document.contains("\"medianNs\": 250.0"), document);
        assertTrue(document.contains("\"gbitPerSecond\": 45.440"), document);
        assertTrue(document.contains("\"reason\": \"libIPSec_MB is not installed\""), document);
    }
}
