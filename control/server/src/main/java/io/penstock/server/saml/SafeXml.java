package io.penstock.server.saml;

import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * Reads XML of strangers: UTF-8 of a bounded size and depth, without a document type, an entity of its own, a processing instruction or an
 * identifier that is there twice. One parser, the JDK's, for all that is judged and all that is read. Stateless.
 */
final class SafeXml {
    static final int MAX_BYTES = 256 * 1024;

    static final int MAX_DEPTH = 40;

    private static final int MAX_ATTRIBUTES = 50;
    private static final int MAX_NAME_LENGTH = 300;
    private static final String LIMIT = "jdk.xml.";

    private SafeXml() {}

    /** @throws SamlException for whatever is not such a document */
    static Document parse(byte[] bytes) throws SamlException {
        if (bytes.length > MAX_BYTES) {
            throw new SamlException("the document has more than " + MAX_BYTES + " bytes");
        }
        Document document;
        try {
            // As text, so that no declaration of another encoding makes something else of the bytes.
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            document = builder().parse(new InputSource(new StringReader(text)));
        } catch (CharacterCodingException e) {
            throw new SamlException("the document is not in UTF-8", e);
        } catch (SAXException e) {
            throw new SamlException("the document is not XML that is read here: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new AssertionError(e); // it is in memory, and nothing else may be opened
        }
        requirePlain(document.getDocumentElement(), new HashSet<>());
        return document;
    }

    private static DocumentBuilder builder() {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
        try {
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setFeature("http://xml.org/sax/features/external-general-entities", false);
            factory.setFeature("http://xml.org/sax/features/external-parameter-entities", false);
            factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
            factory.setAttribute(LIMIT + "maxElementDepth", MAX_DEPTH);
            factory.setAttribute(LIMIT + "elementAttributeLimit", MAX_ATTRIBUTES);
            factory.setAttribute(LIMIT + "maxXMLNameLimit", MAX_NAME_LENGTH);
            factory.setAttribute(LIMIT + "entityExpansionLimit", 1);
            factory.setXIncludeAware(false);
            factory.setExpandEntityReferences(false);
            DocumentBuilder builder = factory.newDocumentBuilder();
            builder.setErrorHandler(new Throwing());
            return builder;
        } catch (ParserConfigurationException e) {
            throw new AssertionError(e); // the JDK's own parser has all of these
        }
    }

    /** The parser's own would write to the standard error stream. */
    private static final class Throwing implements ErrorHandler {
        @Override
        public void warning(SAXParseException e) throws SAXException {
            throw e;
        }

        @Override
        public void error(SAXParseException e) throws SAXException {
            throw e;
        }

        @Override
        public void fatalError(SAXParseException e) throws SAXException {
            throw e;
        }
    }

    /** The depth of the recursion is the document's, which is bounded. */
    private static void requirePlain(Element element, Set<String> ids) throws SamlException {
        NamedNodeMap attributes = element.getAttributes();
        for (int i = 0; i < attributes.getLength(); i++) {
            Node attribute = attributes.item(i);
            boolean isId = attribute.getLocalName().toLowerCase(Locale.ROOT).equals("id")
                    && !XMLConstants.XMLNS_ATTRIBUTE_NS_URI.equals(attribute.getNamespaceURI());
            if (isId && !ids.add(attribute.getNodeValue())) {
                throw new SamlException("two elements have the identifier " + attribute.getNodeValue());
            }
        }
        for (Node node = element.getFirstChild(); node != null; node = node.getNextSibling()) {
            switch (node.getNodeType()) {
                case Node.ELEMENT_NODE -> requirePlain((Element) node, ids);
                case Node.PROCESSING_INSTRUCTION_NODE ->
                    throw new SamlException("there is a processing instruction in the document");
                case Node.ENTITY_REFERENCE_NODE -> throw new SamlException("there is an entity in the document");
                default -> {}
            }
        }
    }

    static boolean is(Node node, String namespace, String name) {
        return node.getNodeType() == Node.ELEMENT_NODE
                && namespace.equals(node.getNamespaceURI())
                && name.equals(node.getLocalName());
    }

    /** All that are directly inside. */
    static List<Element> children(Element parent) {
        List<Element> children = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element) {
                children.add(element);
            }
        }
        return children;
    }

    /** Those of a name that are directly inside. */
    static List<Element> children(Element parent, String namespace, String name) {
        return children(parent).stream()
                .filter(child -> is(child, namespace, name))
                .toList();
    }

    /** The one of a name that is directly inside, if there is one; two are refused. */
    static Optional<Element> child(Element parent, String namespace, String name) throws SamlException {
        List<Element> found = children(parent, namespace, name);
        if (found.size() > 1) {
            throw new SamlException(parent.getLocalName() + " has " + found.size() + " " + name);
        }
        return found.stream().findFirst();
    }

    /** The one that has to be directly inside. */
    static Element need(Element parent, String namespace, String name) throws SamlException {
        return child(parent, namespace, name)
                .orElseThrow(() -> new SamlException(parent.getLocalName() + " has no " + name));
    }

    /** All of a name, wherever they are below, itself included. */
    static List<Element> everywhere(Element root, String namespace, String name) {
        List<Element> found = new ArrayList<>();
        collect(root, namespace, name, found);
        return found;
    }

    private static void collect(Element element, String namespace, String name, List<Element> found) {
        if (is(element, namespace, name)) {
            found.add(element);
        }
        children(element).forEach(child -> collect(child, namespace, name, found));
    }

    /** Whether there is a comment anywhere inside. */
    static boolean hasComment(Node node) {
        for (Node child = node.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child.getNodeType() == Node.COMMENT_NODE || hasComment(child)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The whole text of an element, without the white space around it. A comment in the middle, which no signature sees, cuts nothing
     * off.
     */
    static String text(Element element) throws SamlException {
        if (!children(element).isEmpty()) {
            throw new SamlException(element.getLocalName() + " has elements where text has to be");
        }
        return element.getTextContent().strip();
    }

    /** An attribute without a namespace; null if it is not there. */
    static @Nullable String attribute(Element element, String name) {
        return element.hasAttributeNS(null, name) ? element.getAttributeNS(null, name) : null;
    }
}
