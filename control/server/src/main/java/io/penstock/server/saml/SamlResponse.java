package io.penstock.server.saml;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;

/**
 * Judges the answer of an identity provider to one request (SAML 2.0 profiles, section 4.1.4). What is taken from it has been signed, as
 * the whole answer or as its one assertion, and is read from what was signed. Answers that nobody asked for are refused, and so are
 * encrypted ones. Stateless.
 */
public final class SamlResponse {
    /** How far the clocks of provider and coordinator may differ. */
    public static final Duration MAX_CLOCK_SKEW = Duration.ofSeconds(60);

    private static final int MAX_NAME_LENGTH = 400;

    private SamlResponse() {}

    /**
     * What a right answer names.
     *
     * @param issuer the provider
     * @param entityId what the provider calls us
     * @param answerUrl where its answers to us go
     * @param requestId of the request, which is answered once
     * @param algorithms by which the provider may sign, by their names in JOSE
     */
    public record Expected(
            String issuer, String entityId, String answerUrl, String requestId, Set<String> algorithms) {}

    /**
     * Reads the form's field in which a browser brings an answer.
     *
     * @throws SamlException if it is none
     */
    public static byte[] decode(String field) throws SamlException {
        if (field.length() > SafeXml.MAX_BYTES * 2) {
            throw new SamlException("the answer is longer than any that is read here");
        }
        try {
            return Base64.getDecoder().decode(field.replaceAll("[\r\n\t ]", ""));
        } catch (IllegalArgumentException e) {
            throw new SamlException("the answer is not in Base64", e);
        }
    }

    /**
     * Judges an answer.
     *
     * @throws SamlException unless it is as it has to be
     */
    public static Assertion judge(byte[] document, IdpMetadata provider, Expected expected, Instant now)
            throws SamlException {
        Element response = SafeXml.parse(document).getDocumentElement();
        if (!SafeXml.is(response, Saml.PROTOCOL, "Response")) {
            throw new SamlException("the document is " + response.getNodeName() + ", not an answer of SAML 2.0");
        }
        requireEnvelope(response, expected);
        requireSuccess(response);
        return read(signedAssertion(response, provider, expected), expected, now);
    }

    private static void requireEnvelope(Element response, Expected expected) throws SamlException {
        requireVersion(response);
        requireIssuer(response, expected, false);
        requireEqual("InResponseTo", SafeXml.attribute(response, "InResponseTo"), expected.requestId);
        String destination = SafeXml.attribute(response, "Destination");
        boolean isSigned =
                !SafeXml.children(response, Saml.SIGNATURE, "Signature").isEmpty();
        if (destination != null || isSigned) {
            requireEqual("Destination", destination, expected.answerUrl);
        }
    }

    private static void requireVersion(Element element) throws SamlException {
        requireEqual("Version", SafeXml.attribute(element, "Version"), Saml.VERSION);
    }

    private static void requireEqual(String what, @Nullable String said, String wanted) throws SamlException {
        if (!wanted.equals(said)) {
            throw new SamlException(
                    said == null ? "there is no " + what : "its " + what + " is " + said + ", not " + wanted);
        }
    }

    private static void requireIssuer(Element element, Expected expected, boolean isNeeded) throws SamlException {
        Element issuer = SafeXml.child(element, Saml.ASSERTION, "Issuer").orElse(null);
        if (issuer == null) {
            if (isNeeded) {
                throw new SamlException(element.getLocalName() + " has no Issuer");
            }
            return;
        }
        String format = SafeXml.attribute(issuer, "Format");
        if (format != null && !format.equals(Saml.ENTITY_FORMAT)) {
            throw new SamlException("its Issuer is of the format " + format);
        }
        requireEqual("Issuer", SafeXml.text(issuer), expected.issuer);
    }

    /** Not signed at many providers; all that comes of a lie is that nobody gets in. */
    private static void requireSuccess(Element response) throws SamlException {
        Element status = SafeXml.need(response, Saml.PROTOCOL, "Status");
        Element code = SafeXml.need(status, Saml.PROTOCOL, "StatusCode");
        String value = String.valueOf(SafeXml.attribute(code, "Value"));
        if (value.equals(Saml.SUCCESS)) {
            return;
        }
        Element why = SafeXml.child(code, Saml.PROTOCOL, "StatusCode").orElse(null);
        throw new SamlException(
                SamlException.Fault.NOT_SIGNED_IN,
                "it answers with the status " + lastPart(value)
                        + (why == null ? "" : ", " + lastPart(String.valueOf(SafeXml.attribute(why, "Value")))),
                null);
    }

    private static String lastPart(String urn) {
        return urn.substring(urn.lastIndexOf(':') + 1);
    }

    /** The assertion out of what was signed. Every signature that is there has to be right, and be of one of the two. */
    private static Element signedAssertion(Element response, IdpMetadata provider, Expected expected)
            throws SamlException {
        if (!SafeXml.everywhere(response, Saml.ASSERTION, "EncryptedAssertion").isEmpty()) {
            throw new SamlException(
                    "its assertion is encrypted, which is not read here: TLS hides it on its way; switch"
                            + " the encryption of assertions off for this client at the provider");
        }
        List<Element> assertions = SafeXml.everywhere(response, Saml.ASSERTION, "Assertion");
        if (assertions.size() != 1) {
            throw new SamlException("there are " + assertions.size() + " assertions in it, not one");
        }
        Element assertion = assertions.getFirst();
        if (assertion.getParentNode() != response) {
            throw new SamlException("its assertion is not where assertions are");
        }
        boolean isResponseSigned = false;
        boolean isAssertionSigned = false;
        for (Element signature : SafeXml.everywhere(response, Saml.SIGNATURE, "Signature")) {
            if (signature.getParentNode() == response) {
                isResponseSigned = true;
            } else if (signature.getParentNode() == assertion) {
                isAssertionSigned = true;
            } else {
                throw new SamlException("there is a signature where none belongs");
            }
        }
        if (!isResponseSigned && !isAssertionSigned) {
            throw new SamlException("it is not signed");
        }
        Element read = null;
        if (isResponseSigned) { // first: the assertion's own signature is part of what it signs
            Element signed = Signatures.signed(response, provider.keys(), expected.algorithms);
            read = SafeXml.need(signed, Saml.ASSERTION, "Assertion");
        }
        if (isAssertionSigned) {
            read = Signatures.signed(assertion, provider.keys(), expected.algorithms);
        }
        return Objects.requireNonNull(read);
    }

    private static Assertion read(Element assertion, Expected expected, Instant now) throws SamlException {
        requireVersion(assertion);
        requireIssuer(assertion, expected, true);
        String id = SafeXml.attribute(assertion, "ID");
        if (id == null || id.isBlank()) {
            throw new SamlException("the assertion has no identifier");
        }
        requireConditions(assertion, expected, now);
        Element subject = SafeXml.need(assertion, Saml.ASSERTION, "Subject");
        requireBearer(subject, expected, now);
        if (!SafeXml.children(subject, Saml.ASSERTION, "EncryptedID").isEmpty()) {
            throw new SamlException("the name of its subject is encrypted, which is not read here");
        }
        Element nameId = SafeXml.need(subject, Saml.ASSERTION, "NameID");
        String name = SafeXml.text(nameId);
        if (name.isEmpty() || name.length() > MAX_NAME_LENGTH || name.chars().anyMatch(Character::isISOControl)) {
            throw new SamlException("its subject has no name that can be used");
        }
        String format = SafeXml.attribute(nameId, "Format");
        Statement statement = statement(assertion, now);
        return new Assertion(
                id,
                name,
                format == null ? Saml.UNSPECIFIED_FORMAT : format,
                statement.sessionIndex,
                statement.sessionEnds,
                statement.authnContext,
                attributes(assertion));
    }

    private static void requireConditions(Element assertion, Expected expected, Instant now) throws SamlException {
        Element conditions = SafeXml.need(assertion, Saml.ASSERTION, "Conditions");
        requireTimes(conditions, now);
        boolean isForUs = false;
        for (Element condition : SafeXml.children(conditions)) {
            if (SafeXml.is(condition, Saml.ASSERTION, "AudienceRestriction")) {
                requireAudience(condition, expected);
                isForUs = true;
            } else if (!SafeXml.is(condition, Saml.ASSERTION, "OneTimeUse")
                    && !SafeXml.is(condition, Saml.ASSERTION, "ProxyRestriction")) {
                throw new SamlException(
                        "it is good under a condition that is not known here: " + condition.getNodeName());
            }
        }
        if (!isForUs) {
            throw new SamlException("it does not say for whom it is");
        }
    }

    private static void requireTimes(Element element, Instant now) throws SamlException {
        String notBefore = SafeXml.attribute(element, "NotBefore");
        if (notBefore != null && Times.parse(notBefore).isAfter(now.plus(MAX_CLOCK_SKEW))) {
            throw new SamlException("it is not good before " + notBefore + "; the clock here says " + now);
        }
        String notOnOrAfter = SafeXml.attribute(element, "NotOnOrAfter");
        if (notOnOrAfter != null && !now.minus(MAX_CLOCK_SKEW).isBefore(Times.parse(notOnOrAfter))) {
            throw new SamlException("it was good until " + notOnOrAfter + "; the clock here says " + now);
        }
    }

    private static void requireAudience(Element restriction, Expected expected) throws SamlException {
        List<String> audiences = new ArrayList<>();
        for (Element audience : SafeXml.children(restriction, Saml.ASSERTION, "Audience")) {
            audiences.add(SafeXml.text(audience));
        }
        if (!audiences.contains(expected.entityId)) {
            throw new SamlException("it is for " + audiences + ", not for " + expected.entityId);
        }
    }

    /** One confirmation that is right is enough; what is wrong with the last of the others is said if none is. */
    private static void requireBearer(Element subject, Expected expected, Instant now) throws SamlException {
        SamlException fault = new SamlException("its subject is not confirmed by who brings it");
        for (Element confirmation : SafeXml.children(subject, Saml.ASSERTION, "SubjectConfirmation")) {
            if (Saml.BEARER.equals(SafeXml.attribute(confirmation, "Method"))) {
                try {
                    requireBearerData(confirmation, expected, now);
                    return;
                } catch (SamlException e) {
                    fault = e;
                }
            }
        }
        throw fault;
    }

    private static void requireBearerData(Element confirmation, Expected expected, Instant now) throws SamlException {
        Element data = SafeXml.need(confirmation, Saml.ASSERTION, "SubjectConfirmationData");
        requireEqual("Recipient", SafeXml.attribute(data, "Recipient"), expected.answerUrl);
        requireEqual("InResponseTo", SafeXml.attribute(data, "InResponseTo"), expected.requestId);
        if (SafeXml.attribute(data, "NotOnOrAfter") == null) {
            throw new SamlException("the confirmation of its subject has no end");
        }
        requireTimes(data, now);
    }

    private record Statement(
            @Nullable String sessionIndex, @Nullable Instant sessionEnds, String authnContext) {}

    private static Statement statement(Element assertion, Instant now) throws SamlException {
        Element statement = SafeXml.need(assertion, Saml.ASSERTION, "AuthnStatement");
        String instant = SafeXml.attribute(statement, "AuthnInstant");
        if (instant == null || Times.parse(instant).isAfter(now.plus(MAX_CLOCK_SKEW))) {
            throw new SamlException("it does not say when somebody signed in, or says a time to come: " + instant);
        }
        String ends = SafeXml.attribute(statement, "SessionNotOnOrAfter");
        Instant sessionEnds = ends == null ? null : Times.parse(ends);
        if (sessionEnds != null && !now.isBefore(sessionEnds)) {
            throw new SamlException("the session at the provider was over at " + ends);
        }
        Element context = SafeXml.need(statement, Saml.ASSERTION, "AuthnContext");
        Element name =
                SafeXml.child(context, Saml.ASSERTION, "AuthnContextClassRef").orElse(null);
        return new Statement(
                SafeXml.attribute(statement, "SessionIndex"), sessionEnds, name == null ? "" : SafeXml.text(name));
    }

    private static Map<String, List<String>> attributes(Element assertion) throws SamlException {
        Map<String, List<String>> attributes = new LinkedHashMap<>();
        for (Element statement : SafeXml.children(assertion, Saml.ASSERTION, "AttributeStatement")) {
            for (Element attribute : SafeXml.children(statement, Saml.ASSERTION, "Attribute")) {
                String name = SafeXml.attribute(attribute, "Name");
                if (name == null) {
                    throw new SamlException("an attribute has no name");
                }
                List<String> values = attributes.computeIfAbsent(name, unused -> new ArrayList<>());
                for (Element value : SafeXml.children(attribute, Saml.ASSERTION, "AttributeValue")) {
                    if (SafeXml.children(value).isEmpty()) {
                        values.add(SafeXml.text(value));
                    }
                }
            }
        }
        return attributes;
    }
}
