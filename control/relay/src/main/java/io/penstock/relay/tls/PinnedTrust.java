package io.penstock.relay.tls;

import io.penstock.protocol.derp.DerpHttp;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts one certificate, by its hash, as the {@code sha256-raw:} names of a DERP map ask: it alone is shown, but for those that
 * only say a relay's key, and it is in its time. Immutable.
 */
public final class PinnedTrust implements X509TrustManager {
    /** What such a name begins with. */
    public static final String PREFIX = "sha256-raw:";

    private final String fingerprint;

    /**
     * Of a name.
     *
     * @throws IllegalArgumentException if it is another kind of name
     */
    public PinnedTrust(String name) {
        if (!name.matches(PREFIX + "[0-9a-f]{64}")) {
            throw new IllegalArgumentException("not " + PREFIX + " and 64 lower-case hexadecimal digits");
        }
        fingerprint = name.substring(PREFIX.length());
    }

    @Override
    public void checkServerTrusted(X509Certificate @Nullable [] chain, @Nullable String type)
            throws CertificateException {
        if (chain == null) {
            throw new CertificateException("no certificate");
        }
        List<X509Certificate> shown =
                Arrays.stream(chain).filter(PinnedTrust::isOrdinary).toList();
        if (shown.size() != 1) {
            throw new CertificateException(shown.size() + " certificates in place of the pinned one");
        }
        shown.getFirst().checkValidity();
        if (!Certificates.fingerprint(shown.getFirst()).equals(fingerprint)) {
            throw new CertificateException("not the pinned certificate");
        }
    }

    private static boolean isOrdinary(X509Certificate certificate) {
        String name = certificate.getSubjectX500Principal().getName();
        return !name.startsWith("CN=") || DerpHttp.keyOf(name.substring("CN=".length())) == null;
    }

    @Override
    public void checkClientTrusted(X509Certificate @Nullable [] chain, @Nullable String type)
            throws CertificateException {
        throw new CertificateException("clients show none");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
