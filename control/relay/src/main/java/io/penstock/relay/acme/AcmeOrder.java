package io.penstock.relay.acme;

import io.penstock.relay.tls.ChallengeCertificates;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.AccountBuilder;
import org.shredzone.acme4j.Authorization;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.Order;
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.challenge.TlsAlpn01Challenge;
import org.shredzone.acme4j.connector.HttpConnector;
import org.shredzone.acme4j.connector.NetworkSettings;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeRateLimitedException;
import org.shredzone.acme4j.exception.AcmeServerException;
import org.shredzone.acme4j.exception.AcmeUserActionRequiredException;
import org.shredzone.acme4j.provider.GenericAcmeProvider;
import org.shredzone.acme4j.util.KeyPairUtils;

/**
 * Asks the authority for one certificate, from the account to the chain: RFC 8555 section 7, with the proof of RFC 8737. Blocks for
 * as long as the authority takes, within limits. For one thread.
 */
final class AcmeOrder {
    private static final int PROOF_BITS = 2048;
    private static final Duration EACH_ANSWER = Duration.ofSeconds(30);

    /** For what the authority does by itself: to look for the proof, and to sign. */
    private static final Duration EACH_STEP = Duration.ofMinutes(3);

    private final AcmeSettings settings;
    private final ChallengeCertificates proofs;

    AcmeOrder(AcmeSettings settings, ChallengeCertificates proofs) {
        this.settings = settings;
        this.proofs = proofs;
    }

    /**
     * A new certificate for a key.
     *
     * @param account by which the authority knows us; it makes an account if it does not
     * @return the chain, our certificate first
     * @throws AcmeFailure if there is none
     */
    List<X509Certificate> run(KeyPair account, KeyPair key) throws AcmeFailure, InterruptedException {
        try {
            Session session = new Session(settings.directory(), new Provider(trust(settings.roots())));
            session.setLocale(Locale.ENGLISH);
            session.networkSettings().setTimeout(EACH_ANSWER);
            AccountBuilder builder =
                    new AccountBuilder().agreeToTermsOfService().useKeyPair(account);
            if (settings.mail() != null) {
                builder.addEmail(settings.mail());
            }
            Login login = builder.createLogin(session);
            Order order = login.newOrder().domain(settings.name()).create();
            for (Authorization authorization : order.getAuthorizations()) {
                prove(authorization);
            }
            require(order, order.waitUntilReady(EACH_STEP), Status.READY);
            order.execute(key);
            require(order, order.waitForCompletion(EACH_STEP), Status.VALID);
            List<X509Certificate> chain = order.getCertificate().getCertificateChain();
            check(chain, key);
            return chain;
        } catch (AcmeRateLimitedException e) {
            throw new AcmeFailure(
                    "the authority has had too many orders: " + e.getMessage(),
                    e,
                    e.getRetryAfter().orElse(null));
        } catch (AcmeUserActionRequiredException e) {
            throw new AcmeFailure("the authority wants an administrator to act: " + e.getMessage(), e, null);
        } catch (AcmeServerException e) {
            throw new AcmeFailure("the authority refuses: " + e.getMessage(), e, null);
        } catch (AcmeException e) {
            throw new AcmeFailure(reason(e), e, null);
        }
    }

    /** What went wrong at the bottom of it, such as a name that cannot be resolved. */
    private String reason(AcmeException failure) {
        String host = settings.directory().getHost();
        Throwable cause = failure;
        while (!(cause instanceof ConnectException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ConnectException || cause instanceof UnresolvedAddressException) {
            return "no connection to " + host + ": is it up, and are name and port right?";
        }
        String said = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return "no answer from " + host + " that is of use: " + said;
    }

    private void prove(Authorization authorization) throws AcmeException, AcmeFailure, InterruptedException {
        if (authorization.getStatus() == Status.VALID) {
            return; // known from an order before
        }
        TlsAlpn01Challenge challenge = authorization
                .findChallenge(TlsAlpn01Challenge.class)
                .orElseThrow(() -> new AcmeFailure(
                        "the authority does not look for proof over TLS ("
                                + TlsAlpn01Challenge.TYPE + "), but by one of: "
                                + authorization.getChallenges().stream()
                                        .map(Challenge::getType)
                                        .toList(),
                        null,
                        null));
        KeyPair own = KeyPairUtils.createKeyPair(PROOF_BITS); // the library signs proofs by RSA only
        proofs.expect(
                settings.name(), own.getPrivate(), challenge.createCertificate(own, authorization.getIdentifier()));
        try {
            challenge.trigger();
            if (authorization.waitForCompletion(EACH_STEP) != Status.VALID) {
                throw new AcmeFailure(
                        "the authority did not find our proof at " + settings.name() + ", port 443: "
                                + problem(challenge) + ". The name has to lead here, and TLS at that port to this"
                                + " listener",
                        null,
                        null);
            }
        } finally {
            proofs.forget(settings.name());
        }
    }

    private static String problem(TlsAlpn01Challenge challenge) throws AcmeException {
        challenge.fetch();
        return challenge.getError().map(Problem::toString).orElse("it does not say why");
    }

    private static void require(Order order, Status reached, Status wanted) throws AcmeFailure {
        if (reached != wanted && reached != Status.VALID) {
            throw new AcmeFailure(
                    "the authority's order is " + reached.name().toLowerCase(Locale.ROOT) + ": "
                            + order.getError().map(Problem::toString).orElse("it does not say why"),
                    null,
                    null);
        }
    }

    private void check(List<X509Certificate> chain, KeyPair key) throws AcmeFailure {
        if (chain.isEmpty() || !chain.getFirst().getPublicKey().equals(key.getPublic())) {
            throw new AcmeFailure("the authority sent a certificate that is not for our key", null, null);
        }
        if (!covers(chain.getFirst(), settings.name())) {
            throw new AcmeFailure("the authority sent a certificate that is not for " + settings.name(), null, null);
        }
    }

    /** Whether a certificate is for this very name. */
    static boolean covers(X509Certificate certificate, String name) {
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            return alternatives != null && alternatives.stream().anyMatch(each -> name.equals(each.get(1)));
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Trust in the authority's own TLS; null for what the JDK trusts. */
    private static @Nullable SSLContext trust(@Nullable Path roots) throws AcmeFailure {
        if (roots == null) {
            return null;
        }
        try (var in = Files.newInputStream(roots)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int count = 0;
            for (Certificate root : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("root-" + count++, root);
            }
            if (count == 0) {
                throw new AcmeFailure(roots + " has no certificate", null, null);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new AcmeFailure("cannot read the authority's roots in " + roots + ": " + e.getMessage(), e, null);
        }
    }

    /** The library's client, with our trust. */
    private static final class Provider extends GenericAcmeProvider {
        private final @Nullable SSLContext trust;

        Provider(@Nullable SSLContext trust) {
            this.trust = trust;
        }

        @Override
        public boolean accepts(URI directory) {
            return true; // the settings have looked at it
        }

        @Override
        protected HttpConnector createHttpConnector(NetworkSettings network) {
            return new HttpConnector(network) {
                @Override
                public HttpClient.Builder createClientBuilder() {
                    HttpClient.Builder builder = super.createClientBuilder();
                    return trust == null ? builder : builder.sslContext(trust);
                }
            };
        }
    }
}
