package io.penstock.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
    @ParameterizedTest
    @CsvSource({
        "10s,10000000000",
        "500ms,500000000",
        "2m,120000000000",
        "1h,3600000000000",
        "7,7000000000",
        "0.5s,500000000"
    })
    void readsDurations(String text, long ns) {
        assertEquals(ns, Quantity.parseDurationNs(text));
    }

    @ParameterizedTest
    @CsvSource({"1372,1372", "128K,131072", "1M,1048576", "1g,1073741824", "0,0"})
    void readsBytes(String text, long bytes) {
        assertEquals(bytes, Quantity.parseBytes(text));
    }

    @ParameterizedTest
    @CsvSource({"500K,500000", "2.5G,2500000000", "100m,100000000"})
    void readsRates(String text, long bits) {
        assertEquals(bits, Quantity.parseBits(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "-1s", "10 s", "1.2.3s", "10y", "1e3s", "NaN", "9999999999999999999h", "٣x", "."})
    void refusesWhatIsNoDuration(String text) {
        assertThrows(IllegalArgumentException.class, () -> Quantity.parseDurationNs(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "K", "-1", "1T", "1KB", "99999999999G"})
    void refusesWhatIsNoSize(String text) {
        assertThrows(IllegalArgumentException.class, () -> Quantity.parseBytes(text));
        assertThrows(IllegalArgumentException.class, () -> Quantity.parseBits(text));
    }

    @Test
    void writesAmountsForPeople() {
        assertEquals("4.61 Gbit/s", Quantity.bitsPerSecond(4.612e9));
        assertEquals("812.0 Mbit/s", Quantity.bitsPerSecond(8.12e8));
        assertEquals("1.25 GB", Quantity.bytes(1_250_000_000));
        assertEquals("0.312 ms", Quantity.milliseconds(312_000));
        assertEquals("14.5 ms", Quantity.milliseconds(14_500_000));
    }
}
