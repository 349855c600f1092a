package io.penstock.protocol.portmap;

import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/** A router's description of itself, of which we want the services that map ports. UPnP Device Architecture 1.1 section 2.3. */
public final class IgdDescription {
    private static final int MAX_SERVICES = 16;

    /** What maps ports, the best first. */
    private static final Map<String, Integer> RANK = Map.of(
            "urn:schemas-upnp-org:service:WANIPConnection:2", 0,
            "urn:schemas-upnp-org:service:WANIPConnection:1", 1,
            "urn:schemas-upnp-org:service:WANPPPConnection:1", 2);

    /**
     * A service.
     *
     * @param type its URN, as it has to be repeated to it
     * @param control where it is spoken to
     */
    public record Service(String type, URI control) {
        public Service {
            if (!RANK.containsKey(type)) {
                throw new IllegalArgumentException("not a service that maps ports: " + type);
            }
        }

        /** Whether it can choose another port when the wanted one is taken. */
        public boolean canChoosePort() {
            return RANK.getOrDefault(type, 1) == 0;
        }
    }

    private IgdDescription() {}

    /**
     * The services that map ports, the best first.
     *
     * @param location where the description was read from
     * @throws MalformedDescriptionException if it is no XML, or has parts that a description has no need of
     */
    public static List<Service> parse(byte[] xml, URI location) throws MalformedDescriptionException {
        List<Service> services = new ArrayList<>();
        String base = "";
        String type = "";
        String control = "";
        XMLStreamReader in = SafeXml.open(xml);
        try {
            while (in.hasNext()) {
                int event = in.next();
                SafeXml.refuseDoctype(event);
                if (event == XMLStreamConstants.START_ELEMENT) {
                    switch (in.getLocalName()) {
                        case "URLBase" -> base = SafeXml.text(in);
                        case "service" -> {
                            type = "";
                            control = "";
                        }
                        case "serviceType" -> type = SafeXml.text(in);
                        case "controlURL" -> control = SafeXml.text(in);
                        default -> {} // of no use to us
                    }
                } else if (event == XMLStreamConstants.END_ELEMENT
                        && in.getLocalName().equals("service")) {
                    URI uri = resolve(base, location, control);
                    if (RANK.containsKey(type) && uri != null && services.size() < MAX_SERVICES) {
                        services.add(new Service(type, uri));
                    }
                }
            }
        } catch (XMLStreamException e) {
            throw new MalformedDescriptionException("not a description", e);
        } finally {
            SafeXml.close(in);
        }
        services.sort(Comparator.comparing(service -> RANK.getOrDefault(service.type(), RANK.size())));
        return List.copyOf(services);
    }

    private static @Nullable URI resolve(String base, URI location, String control) {
        URI from = base.isEmpty() ? location : Ssdp.httpUri(base);
        if (from == null || control.isEmpty()) {
            return null;
        }
        try {
            return Ssdp.httpUri(from.resolve(control).toString());
        } catch (IllegalArgumentException e) {
            return null; // of one service; others may have a place
        }
    }
}
