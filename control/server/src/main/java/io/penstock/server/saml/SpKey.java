package io.penstock.server.saml;

import io.penstock.relay.tls.Certificates;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;

/** The key by which a coordinator signs its requests to one provider, with the certificate by which that knows it. Immutable. */
public record SpKey(PrivateKey key, X509Certificate certificate) {
    /** Of a signature by this key, as it stands in a request. */
    static final String ALGORITHM = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

    /** Certificates hold a key here; they end with their provider and not by themselves. */
    private static final Duration LIFETIME = Duration.ofDays(3650);

    /** A new key, which takes a while to make. */
    public static SpKey create(Instant now) {
        Certificates.SelfSigned made =
                Certificates.selfSignedRsa("penstock", now.minus(Duration.ofHours(1)), now.plus(LIFETIME));
        return new SpKey(made.key(), made.certificate());
    }

    /** As text that is kept sealed. */
    public String secret() {
        byte[] encoded = key.getEncoded();
        try {
            return Base64.getEncoder().encodeToString(encoded) + " " + certificateText();
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    /** Reads the form of {@link #secret}. */
    public static SpKey parse(String secret) {
        String[] parts = secret.split(" ", -1);
        byte[] encoded = Base64.getDecoder().decode(parts[0]);
        try {
            return new SpKey(
                    KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded)),
                    (X509Certificate) CertificateFactory.getInstance("X.509")
                            .generateCertificate(
                                    new ByteArrayInputStream(Base64.getDecoder().decode(parts[1]))));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a key to sign requests by that we have made cannot be read", e);
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    /** DER in Base64. */
    String certificateText() {
        try {
            return Base64.getEncoder().encodeToString(certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new AssertionError(e); // it was read or made as one
        }
    }

    /** Signs what is ASCII; Base64. */
    String sign(String text) {
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(text.getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e); // every Java has it
        }
    }

    /** Shows no key. */
    @Override
    public String toString() {
        return "SpKey";
    }
}
