package io.penstock.relay.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.lang.System.Logger.Level;

/**
 * What speaks TLS for a relay, and for a coordinator in front of one: BoringSSL, which takes 0.6 to 0.75 of the processor time of the
 * JDK's, and a fortieth of it before that is compiled; the JDK's where there is no native library for this system, or none can be
 * unpacked. Stateless.
 */
public final class TlsEngine {
    private static final System.Logger LOG = System.getLogger(TlsEngine.class.getName());

    private TlsEngine() {}

    /** The one that can be used here; says why if it is the slower one. */
    public static SslProvider choose() {
        if (OpenSsl.isAvailable()) {
            return SslProvider.OPENSSL;
        }
        LOG.log(
                Level.WARNING,
                "TLS by the JDK, which costs more: BoringSSL cannot be used: {0}",
                OpenSsl.unavailabilityCause());
        return SslProvider.JDK;
    }
}
