package io.penstock.protocol.portmap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.StringReader;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads XML of strangers: nothing outside of it is opened, and no document type is taken. The caller bounds its length. */
final class SafeXml {
    private static final int MAX_TEXT = 2048; // characters of one element

    private SafeXml() {}

    /** Whatever encoding it says: all that we look for is ASCII, and a byte that is none of UTF-8 becomes a replacement character. */
    static XMLStreamReader open(byte[] xml) throws MalformedDescriptionException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setXMLReporter((message, type, information, location) -> {}); // who reads is told by an exception
        try {
            return factory.createXMLStreamReader(new StringReader(new String(xml, UTF_8)));
        } catch (XMLStreamException e) {
            throw new MalformedDescriptionException("not XML", e);
        }
    }

    /** With support for document types off the parser passes over them: we do not take such a document at all. */
    static void refuseDoctype(int event) throws XMLStreamException {
        if (event == XMLStreamConstants.DTD || event == XMLStreamConstants.ENTITY_REFERENCE) {
            throw new XMLStreamException("it has a document type");
        }
    }

    /** The text of the element that the reader is at the start of, without blanks around it. */
    static String text(XMLStreamReader in) throws XMLStreamException {
        String text = in.getElementText().strip();
        if (text.length() > MAX_TEXT) {
            throw new XMLStreamException("a text of " + text.length() + " characters");
        }
        return text;
    }

    static void close(XMLStreamReader in) {
        try {
            in.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("a text needs no closing", e);
        }
    }
}
