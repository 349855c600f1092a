package io.penstock.protocol.portmap;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SsdpTest {
    private static Ssdp.Device parse(String text) {
        Ssdp.Device device = Ssdp.parse(text.getBytes(US_ASCII));
        assertNotNull(device);
        return device;
    }

    @Test
    void searchesEndWithAnEmptyLine() {
        assertEquals(3, Ssdp.searches().size());
        for (byte[] search : Ssdp.searches()) {
            String text = new String(search, US_ASCII);
            assertTrue(text.startsWith("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"), text);
            assertTrue(text.endsWith("\r\n\r\n"), text);
        }
    }

    @Test
    void aDeviceSaysWhereItsDescriptionIs() {
        Ssdp.Device device = parse(
                "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: "
                        + "urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nlocation:http://192.168.1.1:5000/rootDesc.xml\r\n\r\n");
        assertEquals(URI.create("http://192.168.1.1:5000/rootDesc.xml"), device.location());
        assertTrue(device.isGateway());
        assertFalse(parse("HTTP/1.0 200\nLOCATION: http://h/\nST: upnp:rootdevice\n\n")
                .isGateway());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 404 Not Found\r\nLOCATION: http://192.168.1.1/\r\n\r\n",
                "NOTIFY * HTTP/1.1\r\nLOCATION: http://192.168.1.1/\r\n\r\n",
                "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n",
                "HTTP/1.1 200 OK\r\nLOCATION: file:///etc/passwd\r\n\r\n",
                "HTTP/1.1 200 OK\r\nLOCATION: https://192.168.1.1/\r\n\r\n",
                "HTTP/1.1 200 OK\r\nLOCATION: http://user@192.168.1.1/\r\n\r\n",
                "HTTP/1.1 200 OK\r\nLOCATION: http://[::1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nLOCATION: /relative\r\n\r\n"
            })
    void anythingElseIsNone(String text) {
        assertNull(Ssdp.parse(text.getBytes(US_ASCII)));
    }

    @Test
    void aLongOneIsNone() {
        String text = "HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.1/\r\nX: " + "x".repeat(5000);
        assertNull(Ssdp.parse(text.getBytes(US_ASCII)));
    }
}
