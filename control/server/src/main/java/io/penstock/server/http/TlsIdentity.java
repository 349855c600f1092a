package io.penstock.server.http;

import io.penstock.relay.tls.Certificates;
import io.penstock.wireguard.PublicKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The certificate that the listener shows, its chain and its private key. Immutable.
 *
 * @param chain the listener's own first
 * @param relay the key of the relay behind the listener, which is shown beside the chain, so that the relay's clients need not
 *     wait for it; null if none is there
 */
public record TlsIdentity(
        PrivateKey key,
        List<X509Certificate> chain,
        @Nullable PublicKey relay) {
    private static final Pattern KEY = Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");

    public TlsIdentity {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("no certificate");
        }
    }

    /** Of a listener without a relay behind it. */
    public TlsIdentity(PrivateKey key, List<X509Certificate> chain) {
        this(key, chain, null);
    }

    /** The same, of a listener with this relay behind it. */
    public TlsIdentity withRelay(PublicKey relayKey) {
        return new TlsIdentity(key, chain, relayKey);
    }

    /**
     * A new key and a certificate that signs itself, for those who pin it.
     *
     * @param names what the listener is called, DNS names
     * @param addresses of 4 or 16 bytes
     */
    public static TlsIdentity selfSigned(List<String> names, List<byte[]> addresses, Instant from, Instant to) {
        Certificates.SelfSigned made = Certificates.selfSigned(names, addresses, from, to);
        return new TlsIdentity(made.key(), List.of(made.certificate()));
    }

    /**
     * Reads PEM files: a chain, and a PKCS #8 key without a password.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    public static TlsIdentity read(Path certificates, Path key) {
        try (var in = Files.newInputStream(certificates)) {
            List<X509Certificate> chain = CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
            if (chain.isEmpty()) {
                throw new IllegalArgumentException(certificates + " has no certificate");
            }
            return new TlsIdentity(readKey(key, chain.getFirst()), chain);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("cannot read " + certificates + ": " + e.getMessage(), e);
        }
    }

    private static PrivateKey readKey(Path file, X509Certificate certificate)
            throws IOException, GeneralSecurityException {
        Matcher matcher = KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
        if (!matcher.find()) {
            throw new IllegalArgumentException(file + " has no key that begins with BEGIN PRIVATE KEY; make one with:"
                    + " openssl pkcs8 -topk8 -nocrypt");
        }
        byte[] encoded = Base64.getMimeDecoder().decode(matcher.group(1));
        String algorithm = certificate.getPublicKey().getAlgorithm();
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
    }

    /** SHA-256 of the listener's own certificate in hexadecimal, by which a client may pin it. */
    public String fingerprint() {
        return Certificates.fingerprint(chain.getFirst());
    }

    /** Shows no key. */
    @Override
    public String toString() {
        return "TlsIdentity[" + fingerprint() + "]";
    }
}
