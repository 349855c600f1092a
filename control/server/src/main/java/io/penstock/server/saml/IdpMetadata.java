package io.penstock.server.saml;

import java.io.ByteArrayInputStream;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;

/**
 * What an identity provider says of itself (SAML 2.0 metadata, section 2.4.3), as far as we use it. A certificate is what holds a key and no
 * more: neither its dates nor who has signed it count, as is the custom with SAML. Immutable.
 *
 * @param entityId what it calls itself
 * @param signOnUrl where browsers are sent, by HTTP-Redirect
 * @param certificates of the keys by which it signs, DER in Base64; two or more while it changes them
 */
public record IdpMetadata(String entityId, String signOnUrl, List<String> certificates) {
    /** A provider has so many keys at most. */
    public static final int MAX_CERTIFICATES = 10;

    private static final int MIN_RSA_BITS = 2048;
    private static final int MIN_EC_BITS = 256;

    public IdpMetadata {
        certificates = List.copyOf(certificates);
    }

    /**
     * Reads a document.
     *
     * @param entityId of whom; null for whom it is of, if that is one
     * @throws SamlException if it says nothing of that provider, or nothing that can be used
     */
    public static IdpMetadata parse(byte[] document, @Nullable String entityId, Instant now) throws SamlException {
        Element root = SafeXml.parse(document).getDocumentElement();
        List<Element> found = SafeXml.everywhere(root, Saml.METADATA, "EntityDescriptor").stream()
                .filter(entity -> !SafeXml.children(entity, Saml.METADATA, "IDPSSODescriptor")
                        .isEmpty())
                .filter(entity -> entityId == null || entityId.equals(SafeXml.attribute(entity, "entityID")))
                .toList();
        if (found.size() != 1) {
            throw new SamlException(
                    found.isEmpty()
                            ? "the metadata is of no identity provider" + (entityId == null ? "" : " " + entityId)
                            : "the metadata is of several identity providers: say which by its issuer");
        }
        Element entity = found.getFirst();
        Element provider = SafeXml.need(entity, Saml.METADATA, "IDPSSODescriptor");
        for (Element dated : List.of(root, entity, provider)) {
            requireInTime(dated, now);
        }
        String protocols = String.valueOf(SafeXml.attribute(provider, "protocolSupportEnumeration"));
        if (!List.of(protocols.split("\\s+", -1)).contains(Saml.PROTOCOL)) {
            throw new SamlException("the provider does not speak SAML 2.0");
        }
        String name = SafeXml.attribute(entity, "entityID");
        return new IdpMetadata(name == null ? "" : name, signOnUrl(provider), certificates(provider));
    }

    private static void requireInTime(Element element, Instant now) throws SamlException {
        String until = SafeXml.attribute(element, "validUntil");
        if (until != null && !now.isBefore(Times.parse(until))) {
            throw new SamlException("the metadata was good until " + until);
        }
    }

    private static String signOnUrl(Element provider) throws SamlException {
        for (Element service : SafeXml.children(provider, Saml.METADATA, "SingleSignOnService")) {
            String location = SafeXml.attribute(service, "Location");
            if (Saml.REDIRECT_BINDING.equals(SafeXml.attribute(service, "Binding")) && location != null) {
                return location;
            }
        }
        throw new SamlException("the provider has no SingleSignOnService by HTTP-Redirect");
    }

    private static List<String> certificates(Element provider) throws SamlException {
        Set<String> certificates = new LinkedHashSet<>();
        for (Element descriptor : SafeXml.children(provider, Saml.METADATA, "KeyDescriptor")) {
            String use = SafeXml.attribute(descriptor, "use");
            if (use == null || use.toLowerCase(Locale.ROOT).equals("signing")) {
                for (Element certificate : SafeXml.everywhere(descriptor, Saml.SIGNATURE, "X509Certificate")) {
                    certificates.add(SafeXml.text(certificate).replaceAll("\\s", ""));
                }
            }
        }
        if (certificates.isEmpty() || certificates.size() > MAX_CERTIFICATES) {
            throw new SamlException("the provider names " + certificates.size()
                    + " certificates to sign by; there have to be 1 to " + MAX_CERTIFICATES);
        }
        keys(certificates);
        return List.copyOf(certificates);
    }

    /**
     * The keys by which it signs.
     *
     * @throws SamlException if one is of a kind or size that is not believed
     */
    public List<PublicKey> keys() throws SamlException {
        return keys(certificates);
    }

    private static List<PublicKey> keys(Iterable<String> certificates) throws SamlException {
        List<PublicKey> keys = new ArrayList<>();
        for (String certificate : certificates) {
            keys.add(key(certificate));
        }
        return keys;
    }

    private static PublicKey key(String certificate) throws SamlException {
        PublicKey key;
        try {
            byte[] der = Base64.getDecoder().decode(certificate);
            X509Certificate read = (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
            key = read.getPublicKey();
        } catch (IllegalArgumentException | CertificateException e) {
            throw new SamlException("a certificate of the provider cannot be read: " + e.getMessage(), e);
        }
        boolean isStrong =
                switch (key) {
                    case RSAPublicKey rsa -> rsa.getModulus().bitLength() >= MIN_RSA_BITS;
                    case ECPublicKey ec -> ec.getParams().getOrder().bitLength() >= MIN_EC_BITS;
                    default -> false;
                };
        if (!isStrong) {
            throw new SamlException("a key of the provider is neither RSA of " + MIN_RSA_BITS
                    + " bits or more nor of an elliptic curve of " + MIN_EC_BITS);
        }
        return key;
    }
}
