package io.penstock.protocol.portmap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * A call of a service of UPnP IGD by SOAP 1.1 over HTTP POST, and its answer. Routers want the arguments in the order of the
 * service's description, and some read no other form of envelope than this one.
 */
public final class IgdAction {
    /** The service knows no mapping with an end. */
    public static final int ONLY_PERMANENT_LEASES = 725;

    public static final int INVALID_ARGUMENTS = 402;

    /** Another host has the port. */
    public static final int CONFLICT = 718;

    private static final Set<String> RESULTS = Set.of(
            "NewConnectionStatus", "NewExternalIPAddress", "NewReservedPort", "NewUptime", "NewLastConnectionError");

    private final String serviceType;
    private final String name;
    private final Map<String, String> arguments = new LinkedHashMap<>();

    /**
     * What came of a call.
     *
     * @param error 0 if it was done, else the code of UPnP, or -1 for a fault without one
     * @param results by name
     */
    public record Answer(int error, Map<String, String> results) {
        public Answer {
            results = Map.copyOf(results);
        }

        public String result(String key) {
            return results.getOrDefault(key, "");
        }
    }

    private IgdAction(String serviceType, String name) {
        this.serviceType = serviceType;
        this.name = name;
    }

    public static IgdAction status(String serviceType) {
        return new IgdAction(serviceType, "GetStatusInfo");
    }

    public static IgdAction externalAddress(String serviceType) {
        return new IgdAction(serviceType, "GetExternalIPAddress");
    }

    /**
     * Maps a UDP port.
     *
     * @param canChoose the service may give another external port, and tells which: WANIPConnection:2 only
     * @param client the address in the router's network that the port leads to, as text
     * @param lifetimeSeconds 0: until it is deleted
     */
    public static IgdAction add(
            String serviceType,
            boolean canChoose,
            int externalPort,
            int internalPort,
            String client,
            String description,
            long lifetimeSeconds) {
        return new IgdAction(serviceType, canChoose ? "AddAnyPortMapping" : "AddPortMapping")
                .with("NewRemoteHost", "")
                .with("NewExternalPort", externalPort)
                .with("NewProtocol", "UDP")
                .with("NewInternalPort", internalPort)
                .with("NewInternalClient", client)
                .with("NewEnabled", 1)
                .with("NewPortMappingDescription", description)
                .with("NewLeaseDuration", lifetimeSeconds);
    }

    public static IgdAction delete(String serviceType, int externalPort) {
        return new IgdAction(serviceType, "DeletePortMapping")
                .with("NewRemoteHost", "")
                .with("NewExternalPort", externalPort)
                .with("NewProtocol", "UDP");
    }

    private IgdAction with(String key, Object value) {
        arguments.put(key, value.toString());
        return this;
    }

    /** The value of the header {@code SOAPAction}. */
    public String header() {
        return '"' + serviceType + '#' + name + '"';
    }

    /** The body of the request, in UTF-8. */
    public byte[] body() {
        StringBuilder xml = new StringBuilder(1024)
                .append("<?xml version=\"1.0\"?>\r\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"")
                .append(" s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><u:")
                .append(name)
                .append(" xmlns:u=\"")
                .append(escaped(serviceType))
                .append("\">");
        arguments.forEach((key, value) -> xml.append('<')
                .append(key)
                .append('>')
                .append(escaped(value))
                .append("</")
                .append(key)
                .append('>'));
        return xml.append("</u:")
                .append(name)
                .append("></s:Body></s:Envelope>\r\n")
                .toString()
                .getBytes(UTF_8);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /**
     * Reads the body of a response.
     *
     * @throws MalformedDescriptionException if it is no SOAP
     */
    public static Answer parse(byte[] xml) throws MalformedDescriptionException {
        Map<String, String> results = new HashMap<>();
        boolean isFault = false;
        boolean isEnvelope = false;
        int error = -1;
        XMLStreamReader in = SafeXml.open(xml);
        try {
            while (in.hasNext()) {
                int event = in.next();
                SafeXml.refuseDoctype(event);
                if (event != XMLStreamConstants.START_ELEMENT) {
                    continue;
                }
                String element = in.getLocalName();
                if (element.equals("Envelope")) {
                    isEnvelope = true;
                } else if (element.equals("Fault")) {
                    isFault = true;
                } else if (element.equals("errorCode")) {
                    error = code(SafeXml.text(in));
                } else if (RESULTS.contains(element)) {
                    results.put(element, SafeXml.text(in));
                }
            }
        } catch (XMLStreamException e) {
            throw new MalformedDescriptionException("not an answer", e);
        } finally {
            SafeXml.close(in);
        }
        if (!isEnvelope) {
            throw new MalformedDescriptionException("not an answer", new XMLStreamException("no envelope"));
        }
        return new Answer(isFault ? error : 0, results);
    }

    private static int code(String text) {
        return text.matches("[1-9]\\d{0,4}") ? Integer.parseInt(text) : -1;
    }
}
