package io.penstock.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class WgQuickParserTest {
    private static final String SECRET = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
    private static final String KEY_A = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
    private static final String KEY_B = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";

    @Test
    void readsWhatWgQuickReads() throws ConfigFile.InvalidException {
        WgQuick file = WgQuickParser.parse("wg0.conf", """
                [Interface]
                PrivateKey = %s
                Address = 10.192.122.1/24, fd00::1/64
                ListenPort = 51820
                PostUp = iptables -A FORWARD -i %%i -j ACCEPT

                # Branch-1
                [Peer]
                publickey=%s # theirs
                AllowedIPs = 10.192.122.3/32, 10.192.124.1/24
                Endpoint = gw.example.org:51820
                PersistentKeepalive = 25

                [peer]
                PublicKey = %s
                PresharedKey = %s
                AllowedIPs = 10.192.122.4
                Endpoint = [2001:db8::1]:51820
                """.formatted(SECRET, KEY_A, KEY_B, SECRET));

        assertEquals(List.of("10.192.122.1/24", "fd00::1/64"), file.addresses());
        assertEquals(51_820, file.port());
        assertTrue(file.hasPrivateKey());
        assertEquals(List.of("PostUp"), file.unused());
        WgQuick.Peer first = file.peers().getFirst();
        assertEquals("branch-1", first.name());
        assertEquals(KEY_A, first.key().toBase64());
        assertEquals(
                List.of("10.192.122.3/32", "10.192.124.0/24"),
                first.allowedIps().stream().map(Object::toString).toList());
        assertEquals("gw.example.org:51820", first.endpoint());
        assertEquals(25, first.keepaliveSeconds());
        assertNull(first.presharedKey());
        WgQuick.Peer second = file.peers().getLast();
        assertNull(second.name());
        assertNotNull(second.presharedKey());
        assertFalse(second.toString().contains(second.presharedKey().base64()));
        assertEquals("10.192.122.4/32", second.allowedIps().getFirst().toString());
    }

    @Test
    void readsWhatItWritesAndHasNoPrivateKey() throws ConfigFile.InvalidException {
        WgQuick file = WgQuickParser.parse("wg0.conf", """
                [Interface]
                PrivateKey = %s
                Address = 10.0.0.1/32
                ListenPort = 7
                [Peer] # hub
                PublicKey = %s
                PresharedKey = %s
                AllowedIPs = 0.0.0.0/0, ::/0
                PersistentKeepalive = 20
                """.formatted(SECRET, KEY_A, KEY_B));

        String written = file.write();

        assertFalse(written.contains(SECRET), written);
        assertFalse(file.toString().contains(KEY_B), file.toString());
        WgQuick again = WgQuickParser.parse("again", written);
        assertEquals(file.addresses(), again.addresses());
        assertEquals(7, again.port());
        assertEquals("hub", again.peers().getFirst().name());
        assertEquals(new PresharedKey(KEY_B), again.peers().getFirst().presharedKey());
        assertEquals(
                file.peers().getFirst().allowedIps(), again.peers().getFirst().allowedIps());
    }

    @Test
    void namesEveryFaultWithItsPlaceAndNoSecret() {
        String message = assertThrows(
                        ConfigFile.InvalidException.class,
                        () -> WgQuickParser.parse("wg0.conf", """
                        Address = 10.0.0.1
                        [Interface]
                        PrivateKey = %s
                        ListenPort = 70000
                        Colour = red
                        [Peers]
                        [Peer]
                        AllowedIPs = 10.0.0.0/33
                          Endpoint = gw
                        nonsense
                        """.formatted(SECRET.substring(1))))
                .getMessage();

        assertEquals("""
                wg0.conf:1:11: Address: stands before any section
                wg0.conf:3:14: PrivateKey: it is a key as wg shows it: 44 characters of base64
                wg0.conf:4:14: ListenPort: it is a number up to 65535, not '70000'
                wg0.conf:5:10: Colour: unknown in [Interface]
                wg0.conf:6:1: unknown section [Peers]; there are [Interface] and [Peer]
                wg0.conf:8:14: AllowedIPs: it is an address or a network such as 10.1.0.0/24, not '10.0.0.0/33'
                wg0.conf:9:14: Endpoint: it is HOST:PORT, of IPv6 [ADDRESS]:PORT, such as gw.example.org:51820, not 'gw'
                wg0.conf:10:1: neither a section such as [Peer] nor KEY = VALUE
                wg0.conf:7:1: this [Peer] has no PublicKey""", message);
    }

    @Test
    void refusesTwoPeersOfOneKey() {
        String message = assertThrows(
                        ConfigFile.InvalidException.class,
                        () -> WgQuickParser.parse(
                                "f", "[Peer]\nPublicKey = %s\n[Peer]\nPublicKey = %s".formatted(KEY_A, KEY_A)))
                .getMessage();

        assertEquals("f:3:1: another [Peer] has this PublicKey", message);
    }
}
