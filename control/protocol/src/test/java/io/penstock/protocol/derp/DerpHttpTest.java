package io.penstock.protocol.derp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.PublicKey;
import org.junit.jupiter.api.Test;

class DerpHttpTest {
    @Test
    void takesTheTokenInAnyCase() {
        assertTrue(DerpHttp.isUpgrade("DERP"));
        assertTrue(DerpHttp.isUpgrade("derp"));
        assertFalse(DerpHttp.isUpgrade("websocket"));
        assertFalse(DerpHttp.isUpgrade(""));
        assertFalse(DerpHttp.isUpgrade(null));
    }

    @Test
    void keyIsInTheNameOfACertificate() {
        PublicKey key = PublicKey.parseHex("a838c65946424f2f66cd9c746577cbb45e44eebabf958a5ef4cf30570fa0f81a");
        String name = DerpHttp.metaCertificateName(key);
        assertEquals("derpkeya838c65946424f2f66cd9c746577cbb45e44eebabf958a5ef4cf30570fa0f81a", name);
        assertEquals(key, DerpHttp.keyOf(name));
        assertNull(DerpHttp.keyOf("derp.example"));
        assertNull(DerpHttp.keyOf("derpkey"));
        assertNull(DerpHttp.keyOf("derpkey" + "g".repeat(64)));
        assertNull(DerpHttp.keyOf(name + "00"));
    }

    @Test
    void repeatsNoChallengeThatCouldBreakAnAnswer() {
        assertTrue(DerpHttp.isChallenge("ts_derp.example:443-x"));
        assertTrue(DerpHttp.isChallenge("a".repeat(64)));
        assertFalse(DerpHttp.isChallenge("a".repeat(65)));
        assertFalse(DerpHttp.isChallenge("a\r\nSet-Cookie: x"));
        assertFalse(DerpHttp.isChallenge("a b"));
        assertFalse(DerpHttp.isChallenge("\u00e4"));
    }
}
