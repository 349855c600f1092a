package io.penstock.server.saml;

import java.io.StringWriter;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;

/**
 * What a coordinator says of itself to one provider (SAML 2.0 metadata, section 2.4.4): what it is called, where answers go, and the key
 * by which it signs if it does. Immutable.
 *
 * @param nameFormat of the name that it asks for; empty for any
 * @param key by which it signs its requests; null if it does not
 */
public record SpMetadata(
        String entityId,
        String answerUrl,
        String nameFormat,
        @Nullable SpKey key) {
    private static final String PREFIX = "md";
    private static final String SIGNATURE_PREFIX = "ds";

    /** The document. */
    public String document() {
        StringWriter text = new StringWriter();
        try {
            XMLStreamWriter out = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
            out.writeStartDocument("UTF-8", "1.0");
            out.writeStartElement(PREFIX, "EntityDescriptor", Saml.METADATA);
            out.writeNamespace(PREFIX, Saml.METADATA);
            out.writeAttribute("entityID", entityId);
            out.writeStartElement(PREFIX, "SPSSODescriptor", Saml.METADATA);
            out.writeAttribute("protocolSupportEnumeration", Saml.PROTOCOL);
            out.writeAttribute("AuthnRequestsSigned", String.valueOf(key != null));
            out.writeAttribute("WantAssertionsSigned", "true");
            if (key != null) {
                writeKey(out, key);
            }
            if (!nameFormat.isEmpty()) {
                AuthnRequest.element(out, PREFIX, "NameIDFormat", Saml.METADATA, nameFormat);
            }
            out.writeEmptyElement(PREFIX, "AssertionConsumerService", Saml.METADATA);
            out.writeAttribute("Binding", Saml.POST_BINDING);
            out.writeAttribute("Location", answerUrl);
            out.writeAttribute("index", "0");
            out.writeAttribute("isDefault", "true");
            out.writeEndElement();
            out.writeEndElement();
            out.writeEndDocument();
            out.close();
        } catch (XMLStreamException e) {
            throw new AssertionError(e); // it goes to memory
        }
        return text.append('\n').toString();
    }

    private static void writeKey(XMLStreamWriter out, SpKey key) throws XMLStreamException {
        out.writeStartElement(PREFIX, "KeyDescriptor", Saml.METADATA);
        out.writeAttribute("use", "signing");
        out.writeStartElement(SIGNATURE_PREFIX, "KeyInfo", Saml.SIGNATURE);
        out.writeNamespace(SIGNATURE_PREFIX, Saml.SIGNATURE);
        out.writeStartElement(SIGNATURE_PREFIX, "X509Data", Saml.SIGNATURE);
        AuthnRequest.element(out, SIGNATURE_PREFIX, "X509Certificate", Saml.SIGNATURE, key.certificateText());
        out.writeEndElement();
        out.writeEndElement();
        out.writeEndElement();
    }
}
