package io.penstock.server.saml;

import io.penstock.relay.tls.Certificates;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.xml.crypto.MarshalException;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignatureMethod;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignatureException;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;

/**
 * A provider of SAML in the process of the test: right in all it says until a test changes that. Its keys are made once for all tests. Of one
 * test.
 */
public final class FakeIdp {
    public static final String ENTITY_ID = "https://idp.example.test/saml";
    public static final String SIGN_ON = "https://idp.example.test/sso?tenant=a";

    private static final Instant MADE = Instant.parse("2026-01-01T00:00:00Z");
    public static final Certificates.SelfSigned KEY = newKey();
    public static final Certificates.SelfSigned OTHER_KEY = newKey();

    private static final XMLSignatureFactory XML = XMLSignatureFactory.getInstance("DOM");

    /** What stands in the answer, by name; a text that is empty leaves its attribute out. */
    public final Map<String, String> says = new LinkedHashMap<>();

    public final Map<String, List<String>> attributes = new LinkedHashMap<>();

    /** More conditions, as XML. */
    String moreConditions = "";

    public String status = "urn:oasis:names:tc:SAML:2.0:status:Success";

    public Certificates.SelfSigned key = KEY;
    public boolean signsAssertion = true;
    public boolean signsResponse;

    /** How it signs. */
    String method = SignatureMethod.RSA_SHA256;

    String digest = DigestMethod.SHA256;
    String canonical = CanonicalizationMethod.EXCLUSIVE;
    List<String> transforms = List.of(Transform.ENVELOPED, CanonicalizationMethod.EXCLUSIVE);

    @Nullable Key signingKey;

    public FakeIdp(String requestId, String entityId, String answerUrl, Instant now) {
        says.put("response", "_response");
        says.put("assertion", "_assertion");
        says.put("version", "2.0");
        says.put("request", requestId);
        says.put("subjectRequest", requestId);
        says.put("destination", answerUrl);
        says.put("recipient", answerUrl);
        says.put("audience", entityId);
        says.put("issuer", ENTITY_ID);
        says.put("responseIssuer", ENTITY_ID);
        says.put("name", "subject-of-carol");
        says.put("format", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent");
        says.put("confirmation", Saml.BEARER);
        says.put("now", now.toString());
        says.put("notBefore", now.minusSeconds(5).toString());
        says.put("end", now.plus(Duration.ofMinutes(5)).toString());
        says.put("subjectEnd", now.plus(Duration.ofMinutes(5)).toString());
        says.put("sessionEnd", "");
        says.put("session", "session-1");
        says.put("context", "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport");
    }

    private static Certificates.SelfSigned newKey() {
        return Certificates.selfSignedRsa("idp", MADE, MADE.plus(Duration.ofDays(3650)));
    }

    public static String text(Certificates.SelfSigned key) {
        try {
            return Base64.getEncoder().encodeToString(key.certificate().getEncoded());
        } catch (CertificateEncodingException e) {
            throw new AssertionError(e);
        }
    }

    /** What it says of itself. */
    public static String metadata(List<Certificates.SelfSigned> keys) {
        return metadata(keys.stream().map(FakeIdp::text).toList(), "");
    }

    static String metadata(List<String> certificates, String more) {
        return "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"" + Saml.SIGNATURE
                + "\" entityID=\"" + ENTITY_ID + "\"><md:IDPSSODescriptor" + more
                + " protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">"
                + certificates.stream()
                        .map(certificate ->
                                "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n"
                                        + certificate
                                        + "\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>")
                        .collect(Collectors.joining())
                + "<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://idp.example.test/post\"/>"
                + "<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\""
                + SIGN_ON + "\"/></md:IDPSSODescriptor></md:EntityDescriptor>";
    }

    private String with(String attribute, String what) {
        String value = says.getOrDefault(what, "");
        return value.isEmpty() ? "" : " " + attribute + "=\"" + value + "\"";
    }

    private String unsigned() {
        String values = attributes.entrySet().stream()
                .map(attribute -> "<saml:Attribute Name=\"" + attribute.getKey() + "\">"
                        + attribute.getValue().stream()
                                .map(value -> "<saml:AttributeValue xsi:type=\"xs:string\">" + value
                                        + "</saml:AttributeValue>")
                                .collect(Collectors.joining())
                        + "</saml:Attribute>")
                .collect(Collectors.joining());
        return "<samlp:Response xmlns:samlp=\"" + Saml.PROTOCOL + "\" xmlns:saml=\"" + Saml.ASSERTION
                + "\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
                + with("ID", "response") + with("Version", "version") + with("IssueInstant", "now")
                + with("Destination", "destination") + with("InResponseTo", "request")
                + ">" + issuer("responseIssuer")
                + "<samlp:Status><samlp:StatusCode Value=\"" + status + "\"/></samlp:Status>"
                + "<saml:Assertion" + with("ID", "assertion") + with("Version", "version") + with("IssueInstant", "now")
                + ">" + issuer("issuer")
                + "<saml:Subject><saml:NameID" + with("Format", "format") + ">" + says.get("name") + "</saml:NameID>"
                + "<saml:SubjectConfirmation" + with("Method", "confirmation") + "><saml:SubjectConfirmationData"
                + with("Recipient", "recipient") + with("InResponseTo", "subjectRequest")
                + with("NotOnOrAfter", "subjectEnd") + "/></saml:SubjectConfirmation></saml:Subject>"
                + "<saml:Conditions" + with("NotBefore", "notBefore") + with("NotOnOrAfter", "end") + ">"
                + (says.getOrDefault("audience", "").isEmpty() ? "" : audience(says.get("audience")))
                + moreConditions + "</saml:Conditions>"
                + "<saml:AuthnStatement" + with("AuthnInstant", "now") + with("SessionIndex", "session")
                + with("SessionNotOnOrAfter", "sessionEnd") + "><saml:AuthnContext><saml:AuthnContextClassRef>"
                + says.get("context") + "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
                + (values.isEmpty() ? "" : "<saml:AttributeStatement>" + values + "</saml:AttributeStatement>")
                + "</saml:Assertion></samlp:Response>";
    }

    private String issuer(String what) {
        String value = says.getOrDefault(what, "");
        return value.isEmpty() ? "" : "<saml:Issuer>" + value + "</saml:Issuer>";
    }

    static String audience(@Nullable String entityId) {
        return "<saml:AudienceRestriction><saml:Audience>" + entityId + "</saml:Audience></saml:AudienceRestriction>";
    }

    /** An answer, signed as it is told. */
    public String answer() {
        return answer(document -> {});
    }

    /** @param forge what somebody does to it afterwards */
    String answer(Consumer<Document> forge) {
        Document document = parse(unsigned());
        Element response = document.getDocumentElement();
        Element assertion = only(document, "Assertion");
        if (signsAssertion) {
            sign(assertion, "#" + assertion.getAttribute("ID"));
        }
        if (signsResponse) {
            sign(response, "#" + response.getAttribute("ID"));
        }
        // Once more, as whoever takes it from a form does.
        Document sent = parse(write(document));
        forge.accept(sent);
        return write(sent);
    }

    /** As it stands in the form. */
    public static String inForm(String answer) {
        return Base64.getEncoder().encodeToString(answer.getBytes(StandardCharsets.UTF_8));
    }

    void sign(Element element, String uri) {
        sign(element, List.of(uri));
    }

    void sign(Element element, List<String> uris) {
        try {
            element.setIdAttributeNS(null, "ID", true);
            List<Transform> steps = transforms.stream().map(FakeIdp::transform).toList();
            List<Reference> references = uris.stream()
                    .map(uri -> {
                        try {
                            return XML.newReference(uri, XML.newDigestMethod(digest, null), steps, null, null);
                        } catch (GeneralSecurityException e) {
                            throw new AssertionError(e);
                        }
                    })
                    .toList();
            KeyInfoFactory infos = XML.getKeyInfoFactory();
            KeyInfo info = infos.newKeyInfo(List.of(infos.newX509Data(List.of(key.certificate()))));
            Node issuer = element.getFirstChild();
            DOMSignContext context =
                    new DOMSignContext(signingKey == null ? key.key() : signingKey, element, issuer.getNextSibling());
            context.setProperty("org.jcp.xml.dsig.secureValidation", false); // to be able to do it wrong
            context.setDefaultNamespacePrefix("ds");
            XML.newXMLSignature(
                            XML.newSignedInfo(
                                    XML.newCanonicalizationMethod(canonical, (C14NMethodParameterSpec) null),
                                    XML.newSignatureMethod(method, null),
                                    references),
                            info)
                    .sign(context);
        } catch (GeneralSecurityException | MarshalException | XMLSignatureException e) {
            throw new AssertionError(e);
        }
    }

    private static Transform transform(String algorithm) {
        try {
            return XML.newTransform(algorithm, (TransformParameterSpec) null);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static Element only(Document document, String name) {
        return (Element) document.getElementsByTagNameNS("*", name).item(0);
    }

    static Document parse(String text) {
        try {
            return DocumentBuilderFactory.newDefaultNSInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(text)));
        } catch (Exception e) {
            throw new AssertionError(text, e);
        }
    }

    static String write(Document document) {
        try {
            Transformer transformer = TransformerFactory.newDefaultInstance().newTransformer();
            transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
            StringWriter text = new StringWriter();
            transformer.transform(new DOMSource(document), new StreamResult(text));
            return text.toString();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
