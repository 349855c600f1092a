package io.penstock.node.relay;

import io.penstock.protocol.derp.DerpHttp;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts one certificate, by its hash, as the {@code sha256-raw:} names of a DERP map ask: it alone is shown, but for those that
 * only say a relay's key, and it is in its time. An extended manager, since the JDK adds checks of its own to others. Immutable.
 */
final class PinnedRelay extends X509ExtendedTrustManager {
    static final String PREFIX = "sha256-raw:";

    private static final String COMMON_NAME = "CN=";

    private final String fingerprint;

    /**
     * Of a name.
     *
     * @throws IllegalArgumentException if it is another kind of name
     */
    PinnedRelay(String name) {
        if (!name.matches(PREFIX + "[0-9a-f]{64}")) {
            throw new IllegalArgumentException("not " + PREFIX + " and 64 lower-case hexadecimal digits");
        }
        fingerprint = name.substring(PREFIX.length());
    }

    private void check(X509Certificate[] chain) throws CertificateException {
        List<X509Certificate> shown =
                Arrays.stream(chain).filter(PinnedRelay::isOrdinary).toList();
        if (shown.size() != 1) {
            throw new CertificateException(shown.size() + " certificates in place of the pinned one");
        }
        shown.getFirst().checkValidity();
        String hash = sha256(shown.getFirst().getEncoded());
        if (!hash.equals(fingerprint)) {
            throw new CertificateException("it has the fingerprint " + hash + ", pinned is " + fingerprint);
        }
    }

    private static boolean isOrdinary(X509Certificate certificate) {
        String name = certificate.getSubjectX500Principal().getName();
        return !name.startsWith(COMMON_NAME) || DerpHttp.keyOf(name.substring(COMMON_NAME.length())) == null;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every JDK has it
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("not for clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        throw new CertificateException("not for clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        throw new CertificateException("not for clients");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
