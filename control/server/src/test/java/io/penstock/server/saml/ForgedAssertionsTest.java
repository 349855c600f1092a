package io.penstock.server.saml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import javax.crypto.spec.SecretKeySpec;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.SignatureMethod;
import javax.xml.crypto.dsig.Transform;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.Text;

/**
 * Whatever is not as it has to be says nothing of anybody: each answer right but for one thing. XSW 1 to 8 are the ways to wrap a signature
 * that Somorovsky et al. found ("On Breaking SAML", 2012), for answers and for assertions.
 */
class ForgedAssertionsTest {
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");
    private static final String ANSWER_URL = "https://vpn.example.test/login/from/corp";
    private static final String ENTITY_ID = "https://vpn.example.test/login/metadata/corp";
    private static final String REQUEST = "_request";

    private FakeIdp idp;

    @BeforeEach
    void open() {
        idp = new FakeIdp(REQUEST, ENTITY_ID, ANSWER_URL, NOW);
    }

    private static Assertion judge(String answer) throws SamlException {
        return judge(answer, NOW);
    }

    private static Assertion judge(String answer, Instant now) throws SamlException {
        IdpMetadata provider = new IdpMetadata(FakeIdp.ENTITY_ID, FakeIdp.SIGN_ON, List.of(FakeIdp.text(FakeIdp.KEY)));
        return SamlResponse.judge(
                answer.getBytes(StandardCharsets.UTF_8),
                provider,
                new SamlResponse.Expected(
                        FakeIdp.ENTITY_ID, ENTITY_ID, ANSWER_URL, REQUEST, Set.of("RS256", "RS384", "RS512")),
                now);
    }

    private static void refuses(String why, String answer) {
        SamlException refusal = assertThrows(SamlException.class, () -> judge(answer));
        assertTrue(String.valueOf(refusal.getMessage()).contains(why), refusal.getMessage());
    }

    private void refuses(String why) {
        refuses(why, idp.answer());
    }

    private void says(String what, String value) {
        idp.says.put(what, value);
    }

    @Test
    void believesWhatIsRight() throws SamlException {
        idp.attributes.put("groups", List.of("eng", "a &amp; b"));
        Assertion assertion = judge(idp.answer());

        assertEquals("subject-of-carol", assertion.name());
        assertEquals("_assertion", assertion.id());
        assertEquals("session-1", assertion.sessionIndex());
        assertEquals(List.of("eng", "a & b"), assertion.attributes().get("groups"));
        assertTrue(assertion.authnContext().endsWith("PasswordProtectedTransport"));
    }

    @Test
    void believesASignedAnswerAndBothSigned() throws SamlException {
        idp.signsResponse = true;
        assertEquals("subject-of-carol", judge(idp.answer()).name());
        idp.signsAssertion = false;
        assertEquals("subject-of-carol", judge(idp.answer()).name());
    }

    // What wraps.

    private static Element unsignedCopy(Element element) {
        Element copy = (Element) element.cloneNode(true);
        Element signature = SafeXml.children(copy, Saml.SIGNATURE, "Signature").getFirst();
        copy.removeChild(signature);
        return copy;
    }

    /** Makes an element somebody else's, which the signature is not of. */
    private static void evil(Element element, String id) {
        element.setAttribute("ID", id);
        SafeXml.everywhere(element, Saml.ASSERTION, "NameID").forEach(name -> name.setTextContent("mallory"));
    }

    private static Element signature(Element element) {
        return SafeXml.children(element, Saml.SIGNATURE, "Signature").getFirst();
    }

    private static Element assertion(Document document) {
        return FakeIdp.only(document, "Assertion");
    }

    private void wrapped(Consumer<Document> forge) {
        String answer = idp.answer(forge);
        assertTrue(answer.contains("mallory"), "somebody else is in it");
        assertThrows(SamlException.class, () -> judge(answer));
    }

    private void signOnlyTheAnswer() {
        idp.signsAssertion = false;
        idp.signsResponse = true;
    }

    @Test
    void xsw1OriginalAnswerInsideItsSignature() {
        signOnlyTheAnswer();
        wrapped(document -> {
            Element response = document.getDocumentElement();
            Element original = unsignedCopy(response);
            evil(response, "_evil");
            signature(response).appendChild(original);
        });
    }

    @Test
    void xsw2OriginalAnswerBesideItsSignature() {
        signOnlyTheAnswer();
        wrapped(document -> {
            Element response = document.getDocumentElement();
            Element original = unsignedCopy(response);
            evil(response, "_evil");
            response.insertBefore(original, signature(response));
        });
    }

    @Test
    void xsw3ForgedAssertionBeforeTheOriginal() {
        wrapped(document -> {
            Element original = assertion(document);
            Element forged = unsignedCopy(original);
            evil(forged, "_evil");
            original.getParentNode().insertBefore(forged, original);
        });
    }

    @Test
    void xsw4OriginalInsideTheForgedAssertion() {
        wrapped(document -> {
            Element original = assertion(document);
            Element forged = unsignedCopy(original);
            evil(forged, "_evil");
            document.getDocumentElement().appendChild(forged);
            forged.appendChild(original);
        });
    }

    @Test
    void xsw5OriginalBehindTheForgedAssertionThatHasItsSignature() {
        wrapped(document -> {
            Element forged = assertion(document);
            Element original = unsignedCopy(forged);
            evil(forged, "_evil");
            document.getDocumentElement().appendChild(original);
        });
    }

    @Test
    void xsw6OriginalInsideTheSignatureOfTheForgedAssertion() {
        wrapped(document -> {
            Element forged = assertion(document);
            Element original = unsignedCopy(forged);
            evil(forged, "_evil");
            signature(forged).appendChild(original);
        });
    }

    @Test
    void xsw7ForgedAssertionInExtensions() {
        wrapped(document -> extended(document, "_assertion"));
        wrapped(document -> extended(document, "_evil"));
    }

    private static void extended(Document document, String id) {
        Element original = assertion(document);
        Element extensions = document.createElementNS(Saml.PROTOCOL, "samlp:Extensions");
        Element forged = unsignedCopy(original);
        evil(forged, id);
        extensions.appendChild(forged);
        document.getDocumentElement().insertBefore(extensions, original);
    }

    @Test
    void xsw8OriginalInAnObjectOfTheSignature() {
        wrapped(document -> {
            Element forged = assertion(document);
            Element original = unsignedCopy(forged);
            evil(forged, "_evil");
            Element object = document.createElementNS(Saml.SIGNATURE, "ds:Object");
            object.appendChild(original);
            signature(forged).appendChild(object);
        });
    }

    /** As CVE-2024-45409: the signature looks away from what is read. */
    @Test
    void signatureOfSomethingElseInTheDocument() {
        wrapped(document -> {
            Element original = assertion(document);
            evil(original, "_assertion");
            Element detail = document.createElementNS(Saml.PROTOCOL, "samlp:StatusDetail");
            detail.appendChild(document.createElementNS(Saml.SIGNATURE, "ds:DigestValue"));
            FakeIdp.only(document, "Status").appendChild(detail);
        });
    }

    @Test
    void everySignatureThatIsThereHasToBeRight() {
        idp.signsResponse = true;
        refuses("by none of the provider's keys", idp.answer(document -> {
            FakeIdp.only(document, "SignatureValue").setTextContent("AAAA"); // the answer's own comes first
        }));
    }

    @Test
    void signatureWhereNoneBelongs() {
        refuses("where none belongs", idp.answer(document -> {
            Element copy = (Element) signature(assertion(document)).cloneNode(true);
            FakeIdp.only(document, "Status").appendChild(copy);
        }));
    }

    // What is in the XML.

    /** As CVE-2017-11427 and its kin: who has an account of that longer name becomes who has the shorter. */
    @Test
    void commentInANameCutsNothingOff() throws SamlException {
        says("name", "carol@example.test<!-- -->.evil.example");
        assertEquals("carol@example.test.evil.example", judge(idp.answer()).name());

        says("name", "carol@example.test.evil.example");
        String answer = idp.answer(document -> {
            Node text = FakeIdp.only(document, "NameID").getFirstChild();
            text.getParentNode().insertBefore(document.createComment("x"), ((Text) text).splitText(18));
        });
        assertTrue(answer.contains("carol@example.test<!--x-->.evil"), answer);
        assertEquals("carol@example.test.evil.example", judge(answer).name());
    }

    @Test
    void commentInAnAttributeCutsNothingOff() throws SamlException {
        idp.attributes.put("mail", List.of("carol@example.test<!-- -->.evil.example"));
        assertEquals(
                List.of("carol@example.test.evil.example"),
                judge(idp.answer()).attributes().get("mail"));
    }

    /** As CVE-2025-29775. */
    @Test
    void commentInASignature() {
        refuses("comment in a signature", idp.answer(document -> FakeIdp.only(document, "DigestValue")
                .insertBefore(document.createComment("x"), null)));
    }

    @Test
    void elementWhereTextHasToBe() {
        says("name", "carol<saml:x/>");
        refuses("has elements where text has to be");
    }

    @Test
    void documentTypeAndEntities() {
        String answer = idp.answer();
        refuses("DOCTYPE", "<!DOCTYPE x>" + answer);
        refuses("DOCTYPE", "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" + answer);
        refuses(
                "DOCTYPE",
                "<!DOCTYPE x [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;&a;\">]>" + answer.replace("carol", "&b;"));
        refuses("not XML", answer.replace("carol", "&e;"));
    }

    @Test
    void processingInstruction() {
        refuses("processing instruction", idp.answer().replace("<saml:Subject>", "<?x y?><saml:Subject>"));
    }

    @Test
    void identifierThatIsThereTwice() {
        refuses("two elements have the identifier", idp.answer(document -> FakeIdp.only(document, "Status")
                .setAttribute("ID", "_assertion")));
        refuses("two elements have the identifier", idp.answer(document -> FakeIdp.only(document, "Status")
                .setAttribute("id", "_assertion")));
        refuses("two elements have the identifier", idp.answer(document -> FakeIdp.only(document, "Status")
                .setAttributeNS("http://www.w3.org/XML/1998/namespace", "xml:id", "_assertion")));
    }

    @Test
    void documentsThatAreTooLongOrTooDeep() {
        String answer = idp.answer();
        refuses("more than", answer + " ".repeat(SafeXml.MAX_BYTES));
        refuses(
                "not XML that is read here",
                answer.replace(
                        "<saml:Subject>",
                        "<x>".repeat(SafeXml.MAX_DEPTH) + "</x>".repeat(SafeXml.MAX_DEPTH) + "<saml:Subject>"));
    }

    @Test
    void otherEncodingThanUtf8() {
        byte[] document = idp.answer().getBytes(StandardCharsets.UTF_16);
        IdpMetadata provider = new IdpMetadata(FakeIdp.ENTITY_ID, FakeIdp.SIGN_ON, List.of(FakeIdp.text(FakeIdp.KEY)));
        SamlResponse.Expected expected =
                new SamlResponse.Expected(FakeIdp.ENTITY_ID, ENTITY_ID, ANSWER_URL, REQUEST, Set.of("RS256"));

        assertThrows(SamlException.class, () -> SamlResponse.judge(document, provider, expected, NOW));
    }

    @Test
    void formFieldThatIsNoAnswer() throws SamlException {
        assertThrows(SamlException.class, () -> SamlResponse.decode("%%%"));
        assertThrows(SamlException.class, () -> SamlResponse.decode("A".repeat(SafeXml.MAX_BYTES * 2 + 1)));
        assertEquals(3, SamlResponse.decode("QUJ\r\nD").length, "lines may be broken");
    }

    // How it is signed.

    @Test
    void notSigned() {
        idp.signsAssertion = false;
        refuses("not signed");
    }

    @Test
    void keyOfAStrangerThatTheSignatureBringsAlong() {
        idp.key = FakeIdp.OTHER_KEY;
        SamlException refusal = assertThrows(SamlException.class, () -> judge(idp.answer()));
        assertEquals(SamlException.Fault.UNKNOWN_KEY, refusal.fault());
    }

    @Test
    void whatWasChangedAfterwards() {
        refuses("by none of the provider's keys", idp.answer().replace("subject-of-carol", "subject-of-dave"));
        signOnlyTheAnswer();
        refuses("by none of the provider's keys", idp.answer().replace("subject-of-carol", "subject-of-dave"));
    }

    @Test
    void weakHashes() {
        idp.method = SignatureMethod.RSA_SHA1;
        refuses("sha1");
        idp.method = SignatureMethod.RSA_SHA256;
        idp.digest = DigestMethod.SHA1;
        refuses("sha1");
    }

    @Test
    void algorithmThatIsNotOfThisProvider() {
        idp.method = SignatureMethod.SHA256_RSA_MGF1;
        refuses("may not sign by");
    }

    @Test
    void publicKeyAsASharedSecret() {
        idp.method = SignatureMethod.HMAC_SHA256;
        idp.signingKey =
                new SecretKeySpec(FakeIdp.KEY.certificate().getPublicKey().getEncoded(), "HmacSHA256");
        refuses("may not sign by");
    }

    @Test
    void otherWaysToWriteWhatIsSigned() {
        idp.canonical = CanonicalizationMethod.INCLUSIVE;
        refuses("another form than exclusive");
        idp.canonical = CanonicalizationMethod.EXCLUSIVE_WITH_COMMENTS;
        refuses("another form than exclusive");
        idp.canonical = CanonicalizationMethod.EXCLUSIVE;
        for (List<String> transforms : List.of(
                List.of(Transform.ENVELOPED),
                List.of(Transform.ENVELOPED, CanonicalizationMethod.INCLUSIVE),
                List.of(Transform.ENVELOPED, CanonicalizationMethod.EXCLUSIVE_WITH_COMMENTS),
                List.of(Transform.ENVELOPED, Transform.ENVELOPED, CanonicalizationMethod.EXCLUSIVE))) {
            idp.transforms = transforms;
            refuses("transforms what it signs");
        }
    }

    @Test
    void transformByAStyleSheetOrPath() {
        for (String algorithm : List.of(Transform.XSLT, Transform.XPATH, Transform.XPATH2, Transform.BASE64)) {
            String answer = idp.answer()
                    .replaceFirst(
                            "Transform Algorithm=\"" + CanonicalizationMethod.EXCLUSIVE,
                            "Transform Algorithm=\"" + algorithm);
            assertTrue(answer.contains(algorithm), answer);
            assertThrows(SamlException.class, () -> judge(answer), algorithm);
        }
    }

    @Test
    void notExactlyOneReference() {
        idp.signsAssertion = false;
        refuses("2 references", idp.answer(document -> {
            document.getDocumentElement().setIdAttributeNS(null, "ID", true);
            idp.sign(assertion(document), List.of("#_assertion", "#_response"));
        }));
    }

    @Test
    void referenceToSomethingElse() {
        for (String uri : List.of("", "#_response", "#xpointer(id('_assertion'))")) {
            idp.signsAssertion = false;
            refuses("of another element", idp.answer(document -> {
                document.getDocumentElement().setIdAttributeNS(null, "ID", true);
                idp.sign(assertion(document), uri);
            }));
        }
        String remote = idp.answer(document -> idp.sign(assertion(document), "#_assertion"))
                .replace("URI=\"#_assertion\"", "URI=\"http://192.0.2.1/x\"");
        refuses("of another element", remote);
    }

    @Test
    void identifierThatNoneCanBe() {
        says("assertion", "1-a");
        idp.signsAssertion = false;
        refuses("no identifier", idp.answer(document -> idp.sign(assertion(document), "#1-a")));
    }

    // For whom, by whom, when.

    @Test
    void otherIssuer() {
        says("issuer", "https://other.example");
        refuses("Issuer is https://other.example");
        says("issuer", "");
        refuses("has no Issuer");
        says("issuer", FakeIdp.ENTITY_ID);
        says("responseIssuer", "https://other.example");
        refuses("Issuer is https://other.example");
    }

    @Test
    void otherDestination() {
        says("destination", "https://other.example/login/from/corp");
        refuses("Destination is");
        says("destination", "");
        signOnlyTheAnswer();
        refuses("no Destination");
    }

    @Test
    void otherRecipient() {
        says("recipient", "https://vpn.example.test/login/from/other");
        refuses("Recipient is");
        says("recipient", "");
        refuses("no Recipient");
    }

    @Test
    void answerThatNobodyAskedFor() {
        says("request", "");
        refuses("no InResponseTo");
        says("request", "_another");
        refuses("InResponseTo is _another");
        says("request", REQUEST);
        says("subjectRequest", "");
        refuses("no InResponseTo");
        says("subjectRequest", "_another");
        refuses("InResponseTo is _another");
    }

    @Test
    void otherAudience() {
        says("audience", "https://other.example");
        refuses("it is for [https://other.example]");
        says("audience", "");
        refuses("does not say for whom");
        says("audience", ENTITY_ID);
        idp.moreConditions = FakeIdp.audience("https://other.example");
        refuses("it is for [https://other.example]");
    }

    @Test
    void conditionThatIsNotKnown() throws SamlException {
        idp.moreConditions = "<saml:OneTimeUse/>";
        assertEquals("subject-of-carol", judge(idp.answer()).name());
        idp.moreConditions = "<saml:Condition xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"x\"/>";
        refuses("a condition that is not known");
    }

    @Test
    void tooEarlyAndTooLate() throws SamlException {
        String answer = idp.answer();
        assertEquals("subject-of-carol", judge(answer, NOW.minusSeconds(60)).name());
        assertEquals("subject-of-carol", judge(answer, NOW.plusSeconds(359)).name(), "a minute of skew");
        assertThrows(SamlException.class, () -> judge(answer, NOW.minusSeconds(70)));
        assertThrows(SamlException.class, () -> judge(answer, NOW.plusSeconds(360)));

        says("subjectEnd", NOW.minusSeconds(60).toString());
        refuses("it was good until");
        says("subjectEnd", "");
        refuses("has no end");
        says("subjectEnd", "tomorrow");
        refuses("not a time");
    }

    @Test
    void subjectThatIsConfirmedOtherwise() {
        says("confirmation", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches");
        refuses("not confirmed");
    }

    @Test
    void sessionThatIsOverOrYetToCome() {
        says("sessionEnd", NOW.toString());
        refuses("was over at");
        says("sessionEnd", "");
        says("now", NOW.plusSeconds(61).toString());
        refuses("a time to come");
    }

    @Test
    void otherVersion() {
        says("version", "1.1");
        refuses("Version is 1.1");
    }

    @Test
    void statusThatIsNoSuccess() {
        idp.status = "urn:oasis:names:tc:SAML:2.0:status:Responder";
        SamlException refusal = assertThrows(SamlException.class, () -> judge(idp.answer()));
        assertEquals(SamlException.Fault.NOT_SIGNED_IN, refusal.fault());
        assertTrue(String.valueOf(refusal.getMessage()).endsWith("the status Responder"), refusal.getMessage());
    }

    @Test
    void encryptedAssertionIsRefusedAndSaidSo() {
        refuses(
                "its assertion is encrypted",
                idp.answer()
                        .replaceFirst("<saml:Assertion", "<saml:EncryptedAssertion><saml:Assertion")
                        .replace("</saml:Assertion>", "</saml:Assertion></saml:EncryptedAssertion>"));
    }

    @Test
    void noAssertionOrSomethingElse() {
        String answer = idp.answer();
        refuses("0 assertions", answer.replaceFirst("(?s)<saml:Assertion.*</saml:Assertion>", ""));
        refuses("not an answer of SAML", "<x/>");
        refuses("not an answer of SAML", answer.replace(Saml.PROTOCOL, "urn:other"));
    }
}
