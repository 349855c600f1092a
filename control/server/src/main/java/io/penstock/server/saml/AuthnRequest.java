package io.penstock.server.saml;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;

/**
 * Asks an identity provider to sign somebody in (SAML 2.0 core, section 3.4.1), by the address that a browser is sent to (bindings, section
 * 3.4). Immutable.
 *
 * @param id which the answer names; not to be guessed
 * @param destination the provider's address
 * @param answerUrl where its answer goes
 * @param entityId what the provider calls us
 * @param nameFormat of the name that it is asked for; empty for any
 * @param authnContexts how somebody has to sign in: in one of these ways, or in any if there are none
 */
public record AuthnRequest(
        String id,
        Instant issued,
        String destination,
        String answerUrl,
        String entityId,
        String nameFormat,
        List<String> authnContexts) {
    private static final String PROTOCOL_PREFIX = "samlp";
    private static final String ASSERTION_PREFIX = "saml";

    public AuthnRequest {
        authnContexts = List.copyOf(authnContexts);
    }

    /**
     * Where the browser is sent.
     *
     * @param relayState what comes back with the answer; 80 characters at most
     * @param key to sign by; null for not to sign
     */
    public URI toUri(String relayState, @Nullable SpKey key) {
        String query = "SAMLRequest=" + encode(deflated()) + "&RelayState=" + encode(relayState);
        if (key != null) {
            query += "&SigAlg=" + encode(SpKey.ALGORITHM);
            query += "&Signature=" + encode(key.sign(query));
        }
        return URI.create(destination + (destination.contains("?") ? "&" : "?") + query);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private String deflated() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try (DeflaterOutputStream packed = new DeflaterOutputStream(out, deflater)) {
            packed.write(document().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new AssertionError(e); // it goes to memory
        } finally {
            deflater.end();
        }
        return Base64.getEncoder().encodeToString(out.toByteArray());
    }

    String document() {
        StringWriter text = new StringWriter();
        try {
            XMLStreamWriter out = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
            out.writeStartElement(PROTOCOL_PREFIX, "AuthnRequest", Saml.PROTOCOL);
            out.writeNamespace(PROTOCOL_PREFIX, Saml.PROTOCOL);
            out.writeNamespace(ASSERTION_PREFIX, Saml.ASSERTION);
            out.writeAttribute("ID", id);
            out.writeAttribute("Version", Saml.VERSION);
            out.writeAttribute("IssueInstant", Times.format(issued));
            out.writeAttribute("Destination", destination);
            out.writeAttribute("ProtocolBinding", Saml.POST_BINDING);
            out.writeAttribute("AssertionConsumerServiceURL", answerUrl);
            element(out, ASSERTION_PREFIX, "Issuer", Saml.ASSERTION, entityId);
            out.writeEmptyElement(PROTOCOL_PREFIX, "NameIDPolicy", Saml.PROTOCOL);
            if (!nameFormat.isEmpty()) {
                out.writeAttribute("Format", nameFormat);
            }
            out.writeAttribute("AllowCreate", "true");
            if (!authnContexts.isEmpty()) {
                out.writeStartElement(PROTOCOL_PREFIX, "RequestedAuthnContext", Saml.PROTOCOL);
                out.writeAttribute("Comparison", "exact");
                for (String context : authnContexts) {
                    element(out, ASSERTION_PREFIX, "AuthnContextClassRef", Saml.ASSERTION, context);
                }
                out.writeEndElement();
            }
            out.writeEndElement();
            out.close();
        } catch (XMLStreamException e) {
            throw new AssertionError(e); // it goes to memory
        }
        return text.toString();
    }

    static void element(XMLStreamWriter out, String prefix, String name, String namespace, String text)
            throws XMLStreamException {
        out.writeStartElement(prefix, name, namespace);
        out.writeCharacters(text);
        out.writeEndElement();
    }
}
