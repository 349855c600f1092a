package io.penstock.wireguard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProtocolTest {
    @Test
    void constantsAreThoseOfTheWhitepaper() {
        assertEquals("18446744073709543423", Long.toUnsignedString(Protocol.REJECT_AFTER_MESSAGES)); // 2^64 - 2^13 - 1
        assertEquals(1_152_921_504_606_846_976L, Protocol.REKEY_AFTER_MESSAGES);
        assertEquals(15_000_000_000L, Protocol.NEW_HANDSHAKE_AFTER_NS);
        assertEquals(165_000_000_000L, Protocol.REKEY_AFTER_RECEIVE_NS);
        assertEquals(540_000_000_000L, Protocol.ZERO_KEYS_AFTER_NS);
        assertEquals(37, Protocol.construction().length);
        assertEquals(34, Protocol.identifier().length);
        assertEquals(8, Protocol.labelMac1().length);
        assertEquals(8, Protocol.labelCookie().length);
    }

    @Test
    void dropReasonsHaveDistinctLabels() {
        Set<String> labels = new HashSet<>();
        for (DropReason reason : DropReason.values()) {
            assertTrue(labels.add(reason.label()), reason.label());
            assertTrue(reason.label().matches("[a-z0-9]+(-[a-z0-9]+)*"), reason.label());
        }
    }
}
