package io.penstock.protocol.portmap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Descriptions, calls and answers of UPnP IGD. */
class IgdTest {
    private static final URI LOCATION = URI.create("http://192.168.1.1:5000/rootDesc.xml");
    private static final String IP1 = "urn:schemas-upnp-org:service:WANIPConnection:1";
    private static final String IP2 = "urn:schemas-upnp-org:service:WANIPConnection:2";
    private static final String PPP = "urn:schemas-upnp-org:service:WANPPPConnection:1";

    private static String service(String type, String control) {
        return "<service><serviceType>" + type + "</serviceType><serviceId>x</serviceId><controlURL>" + control
                + "</controlURL></service>";
    }

    private static String description(String base, String... services) {
        return "<?xml version=\"1.0\"?><root xmlns=\"urn:schemas-upnp-org:device-1-0\">"
                + base + "<device><deviceList><device><serviceList>" + String.join("", services)
                + "</serviceList></device></deviceList></device></root>";
    }

    private static List<IgdDescription.Service> parse(String xml) throws MalformedDescriptionException {
        return IgdDescription.parse(xml.getBytes(UTF_8), LOCATION);
    }

    @Test
    void servicesThatMapPortsAreFoundTheBestFirst() throws MalformedDescriptionException {
        String xml = description(
                "",
                service(PPP, "/ctl/PPP"),
                service("urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1", "/ctl/Common"),
                service(IP1, "ctl/IP"),
                service(IP2, "http://192.168.1.1:5001/ctl/IP2"));
        List<IgdDescription.Service> services = parse(xml);
        assertEquals(
                List.of(
                        new IgdDescription.Service(IP2, URI.create("http://192.168.1.1:5001/ctl/IP2")),
                        new IgdDescription.Service(IP1, URI.create("http://192.168.1.1:5000/ctl/IP")),
                        new IgdDescription.Service(PPP, URI.create("http://192.168.1.1:5000/ctl/PPP"))),
                services);
        assertTrue(services.getFirst().canChoosePort());
        assertFalse(services.getLast().canChoosePort());
    }

    @Test
    void placesAreRelativeToTheBaseIfThereIsOne() throws MalformedDescriptionException {
        String xml = description("<URLBase>http://192.168.1.1:80/a/</URLBase>", service(IP1, "b"));
        assertEquals(
                URI.create("http://192.168.1.1:80/a/b"), parse(xml).getFirst().control());
    }

    @Test
    void aServiceWithoutAPlaceIsLeftOut() throws MalformedDescriptionException {
        assertEquals(List.of(), parse(description("", service(IP1, ""), service(IP1, "ftp://192.168.1.1/"))));
        assertEquals(List.of(), parse(description("<URLBase>file:///</URLBase>", service(IP1, "b"))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no xml",
                "<root><device>",
                "<!DOCTYPE root [<!ENTITY a \"b\">]><root/>",
                "<!DOCTYPE root SYSTEM \"http://192.168.1.1/x.dtd\"><root/>"
            })
    void whatIsNoDescriptionIsRefused(String xml) {
        assertThrows(MalformedDescriptionException.class, () -> parse(xml));
    }

    @Test
    void anEntityIsNotExpanded() {
        String xml =
                "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>" + description("", service(IP1, "&x;"));
        assertThrows(MalformedDescriptionException.class, () -> parse(xml));
    }

    @Test
    void changedBytesAreReadOrRefused() {
        byte[] good = description("", service(IP1, "/a"), service(IP2, "/b")).getBytes(UTF_8);
        Random random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 5000; i++) {
            byte[] bad = good.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                assertTrue(IgdDescription.parse(bad, LOCATION).size() <= 2);
            } catch (MalformedDescriptionException e) {
                refused++;
            }
        }
        assertTrue(refused > 100, "hardly any was refused: " + refused);
    }

    @Test
    void argumentsComeInTheOrderOfTheService() {
        IgdAction call = IgdAction.add(IP1, false, 41641, 41642, "192.168.1.10", "a & <b>", 7200);
        assertEquals('"' + IP1 + "#AddPortMapping\"", call.header());
        assertTrue(
                new String(call.body(), UTF_8)
                        .contains("<u:AddPortMapping xmlns:u=\"" + IP1 + "\"><NewRemoteHost></NewRemoteHost>"
                                + "<NewExternalPort>41641</NewExternalPort><NewProtocol>UDP</NewProtocol>"
                                + "<NewInternalPort>41642</NewInternalPort><NewInternalClient>192.168.1.10</NewInternalClient>"
                                + "<NewEnabled>1</NewEnabled><NewPortMappingDescription>a &amp; &lt;b&gt;</NewPortMappingDescription>"
                                + "<NewLeaseDuration>7200</NewLeaseDuration></u:AddPortMapping>"),
                new String(call.body(), UTF_8));
        assertEquals(
                '"' + IP2 + "#AddAnyPortMapping\"",
                IgdAction.add(IP2, true, 1, 1, "", "", 0).header());
    }

    private static IgdAction.Answer answer(String inBody) throws MalformedDescriptionException {
        return IgdAction.parse(("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>" + inBody
                        + "</s:Body></s:Envelope>")
                .getBytes(UTF_8));
    }

    @Test
    void resultsAndFaultsAreRead() throws MalformedDescriptionException {
        IgdAction.Answer address = answer("<u:GetExternalIPAddressResponse xmlns:u=\"" + IP1
                + "\"><NewExternalIPAddress>2.2.2.2</NewExternalIPAddress></u:GetExternalIPAddressResponse>");
        assertEquals(0, address.error());
        assertEquals("2.2.2.2", address.result("NewExternalIPAddress"));
        assertEquals("", address.result("NewReservedPort"));
        assertEquals(
                IgdAction.CONFLICT,
                answer(
                                "<s:Fault><faultcode>s:Client</faultcode><detail><UPnPError><errorCode>718</errorCode>"
                                        + "<errorDescription>ConflictInMappingEntry</errorDescription></UPnPError></detail></s:Fault>")
                        .error());
        assertEquals(-1, answer("<s:Fault/>").error());
        assertEquals(-1, answer("<s:Fault><errorCode>0</errorCode></s:Fault>").error(), "a fault is no success");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>no</html>", "<s:Envelope>", "<!DOCTYPE a><Envelope/>"})
    void whatIsNoAnswerIsRefused(String xml) {
        assertThrows(MalformedDescriptionException.class, () -> IgdAction.parse(xml.getBytes(UTF_8)));
    }
}
