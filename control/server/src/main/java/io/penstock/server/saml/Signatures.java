package io.penstock.server.saml;

import java.io.IOException;
import java.io.InputStream;
import java.security.PublicKey;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import javax.xml.crypto.KeySelector;
import javax.xml.crypto.MarshalException;
import javax.xml.crypto.URIReferenceException;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignatureMethod;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureException;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * Judges an enveloped signature of an element (XML Signature 1.1; SAML 2.0 core, section 5.4), and gives what it signs: not the element of
 * the document, but the very octets that were hashed, read once more. Whatever else a document holds, and wherever a reference
 * leads, nothing gets there that was not signed. By the JDK, with its secure validation. Stateless.
 */
final class Signatures {
    /** Methods of signature by the names that JOSE has for them (RFC 7518), so that operators have one set of names. */
    private static final Map<String, String> METHODS = Map.of(
            SignatureMethod.RSA_SHA256, "RS256",
            SignatureMethod.RSA_SHA384, "RS384",
            SignatureMethod.RSA_SHA512, "RS512",
            SignatureMethod.SHA256_RSA_MGF1, "PS256",
            SignatureMethod.SHA384_RSA_MGF1, "PS384",
            SignatureMethod.SHA512_RSA_MGF1, "PS512",
            SignatureMethod.ECDSA_SHA256, "ES256",
            SignatureMethod.ECDSA_SHA384, "ES384",
            SignatureMethod.ECDSA_SHA512, "ES512");

    private static final Set<String> DIGESTS = Set.of(DigestMethod.SHA256, DigestMethod.SHA384, DigestMethod.SHA512);
    private static final Pattern ID = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,199}");
    private static final String SECURE_VALIDATION = "org.jcp.xml.dsig.secureValidation";
    private static final String KEEP_OCTETS = "javax.xml.crypto.dsig.cacheReference";

    private Signatures() {}

    /**
     * Judges the signature that an element has directly inside.
     *
     * @param keys one of which has to have signed; what the signature says of keys itself is not read
     * @param algorithms by which it may have, by their names in JOSE
     * @return what was signed, as the root of a document of its own
     * @throws SamlException unless it is right
     */
    static Element signed(Element element, Collection<PublicKey> keys, Set<String> algorithms) throws SamlException {
        String id = SafeXml.attribute(element, "ID");
        if (id == null || !ID.matcher(id).matches()) {
            throw new SamlException(element.getLocalName() + " has no identifier that a signature could name");
        }
        Element signature = SafeXml.need(element, Saml.SIGNATURE, "Signature");
        if (SafeXml.hasComment(signature)) {
            throw new SamlException("there is a comment in a signature");
        }
        // It says which key to believe, and is not signed.
        for (Element keyInfo : SafeXml.children(signature, Saml.SIGNATURE, "KeyInfo")) {
            signature.removeChild(keyInfo);
        }
        element.setIdAttributeNS(null, "ID", true);
        for (PublicKey key : keys) {
            Reference reference = referenceSignedBy(key, signature, id, algorithms);
            if (reference != null) {
                return reread(reference, element, id);
            }
        }
        throw new SamlException(
                SamlException.Fault.UNKNOWN_KEY,
                "the signature of " + element.getLocalName()
                        + " is by none of the provider's keys, or not of this text",
                null);
    }

    /** What a key has signed; null if it has not. */
    private static @Nullable Reference referenceSignedBy(
            PublicKey key, Element signature, String id, Set<String> algorithms) throws SamlException {
        DOMValidateContext context = new DOMValidateContext(KeySelector.singletonKeySelector(key), signature);
        context.setProperty(SECURE_VALIDATION, true);
        context.setProperty(KEEP_OCTETS, true);
        XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM");
        context.setURIDereferencer((uri, inner) -> {
            if (!("#" + id).equals(uri.getURI())) {
                throw new URIReferenceException("a reference to " + uri.getURI());
            }
            return factory.getURIDereferencer().dereference(uri, inner);
        });
        XMLSignature read;
        try {
            read = factory.unmarshalXMLSignature(context);
        } catch (MarshalException | ClassCastException e) {
            throw new SamlException("a signature is none: " + e.getMessage(), e);
        }
        Reference reference = onlyReference(read, id, algorithms);
        try {
            return read.validate(context) ? reference : null;
        } catch (XMLSignatureException e) {
            return null; // a key of another kind; or what it signs cannot be made out, which no other key changes
        }
    }

    private static Reference onlyReference(XMLSignature signature, String id, Set<String> algorithms)
            throws SamlException {
        SignedInfo info = signature.getSignedInfo();
        String method = METHODS.get(info.getSignatureMethod().getAlgorithm());
        if (method == null || !algorithms.contains(method)) {
            throw new SamlException(
                    "the provider may not sign by " + info.getSignatureMethod().getAlgorithm());
        }
        if (!info.getCanonicalizationMethod().getAlgorithm().equals(CanonicalizationMethod.EXCLUSIVE)) {
            throw new SamlException("the signature is over another form than exclusive canonical XML");
        }
        if (!signature.getObjects().isEmpty()) {
            throw new SamlException("there is an object in a signature");
        }
        List<Reference> references = info.getReferences();
        if (references.size() != 1) {
            throw new SamlException("a signature has " + references.size() + " references, not one");
        }
        Reference reference = references.getFirst();
        if (!("#" + id).equals(reference.getURI())) {
            throw new SamlException("a signature is of another element than the one that it is in");
        }
        List<String> transforms =
                reference.getTransforms().stream().map(Transform::getAlgorithm).toList();
        if (!transforms.equals(List.of(Transform.ENVELOPED, CanonicalizationMethod.EXCLUSIVE))) {
            throw new SamlException("a signature transforms what it signs otherwise than by leaving itself out and"
                    + " exclusive canonical XML");
        }
        if (!DIGESTS.contains(reference.getDigestMethod().getAlgorithm())) {
            throw new SamlException(
                    "a signature has a hash by " + reference.getDigestMethod().getAlgorithm());
        }
        return reference;
    }

    private static Element reread(Reference reference, Element element, String id) throws SamlException {
        Document signed;
        try (InputStream octets = reference.getDigestInputStream()) {
            signed = SafeXml.parse(octets.readAllBytes());
        } catch (IOException e) {
            throw new AssertionError(e); // they are in memory
        }
        Element root = signed.getDocumentElement();
        if (!SafeXml.is(root, String.valueOf(element.getNamespaceURI()), element.getLocalName())
                || !id.equals(SafeXml.attribute(root, "ID"))) {
            throw new SamlException("a signature is of another element than the one that it is in");
        }
        return root;
    }
}
