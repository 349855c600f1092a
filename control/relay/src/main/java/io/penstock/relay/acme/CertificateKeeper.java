package io.penstock.relay.acme;

import io.penstock.relay.tls.CertificateChoice;
import io.penstock.relay.tls.ChallengeCertificates;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that a listener has a certificate: shows the one that was kept, asks the authority for one when there is none or its
 * renewal is due, and again later if there is no answer. As long as the kept one is good nobody notices that an authority is down.
 *
 * <p>{@link #step} does what is due now and belongs to one thread; {@link #start} gives it one. The rest is thread-safe.
 */
public final class CertificateKeeper implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(CertificateKeeper.class.getName());

    /** It looks at the clock so often: machines sleep, and their clocks are set. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

    private static final Duration SHORTEST_WAIT = Duration.ofSeconds(1);
    private static final Duration END_LIMIT = Duration.ofSeconds(2);

    private final AcmeSettings settings;
    private final CertificateChoice choice;
    private final InstantSource clock;
    private final Entropy entropy;
    private final AcmeFiles files;
    private final KeyPair account;
    private final AcmeOrder order;
    private final CountDownLatch closed = new CountDownLatch(1);

    // Of the thread that steps.
    private Instant next;
    private int failures;
    private @Nullable Instant expires;

    private volatile CertificateState state;
    private @Nullable Thread thread;

    private CertificateKeeper(
            AcmeSettings settings,
            CertificateChoice choice,
            ChallengeCertificates proofs,
            InstantSource clock,
            Entropy entropy)
            throws IOException {
        this.settings = settings;
        this.choice = choice;
        this.clock = clock;
        this.entropy = entropy;
        files = AcmeFiles.open(settings.folder(), settings.directory());
        account = files.account();
        order = new AcmeOrder(settings, proofs);
        next = clock.instant();
        AcmeFiles.Kept kept = files.certificate().orElse(null);
        if (kept != null && AcmeOrder.covers(kept.certificate(), settings.name())) {
            choice.show(kept.key(), kept.chain());
            schedule(kept.certificate());
        }
        state = state(null);
    }

    /**
     * Shows what was kept, and does nothing more by itself.
     *
     * @param choice what the listener shows
     * @param proofs where the authority finds what it looks for, behind the same listener
     * @param entropy thread-safe
     * @throws IOException if the files cannot be read or kept; the message has the remedy
     */
    static CertificateKeeper open(
            AcmeSettings settings,
            CertificateChoice choice,
            ChallengeCertificates proofs,
            InstantSource clock,
            Entropy entropy)
            throws IOException {
        return new CertificateKeeper(settings, choice, proofs, clock, entropy);
    }

    /** The same, and keeps at it on a thread of its own from here on. The listener has to be there already, or soon. */
    public static CertificateKeeper start(
            AcmeSettings settings,
            CertificateChoice choice,
            ChallengeCertificates proofs,
            InstantSource clock,
            Entropy entropy)
            throws IOException {
        CertificateKeeper keeper = open(settings, choice, proofs, clock, entropy);
        keeper.thread = Thread.ofPlatform().name("certificate").daemon().start(keeper::run);
        return keeper;
    }

    private void run() {
        try {
            do {
                step();
            } while (!closed.await(waitFor().toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // it ends
        }
    }

    private Duration waitFor() {
        Duration until = Duration.between(clock.instant(), next);
        return until.compareTo(SHORTEST_WAIT) < 0
                ? SHORTEST_WAIT
                : until.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : until;
    }

    /** Asks for a certificate if that is due. */
    void step() throws InterruptedException {
        if (clock.instant().isBefore(next)) {
            return;
        }
        try {
            KeyPair key = AcmeFiles.newKey();
            List<X509Certificate> chain = order.run(account, key);
            AcmeFiles.Kept kept = new AcmeFiles.Kept(key.getPrivate(), chain);
            choice.show(kept.key(), kept.chain());
            failures = 0;
            schedule(kept.certificate());
            String problem = keep(kept);
            state = state(problem);
            LOG.log(
                    Level.INFO,
                    "a certificate for {0} from {1}, good until {2}; the next is asked for on {3}",
                    settings.name(),
                    settings.directory().getHost(),
                    expires,
                    next);
        } catch (AcmeFailure e) {
            fail(String.valueOf(e.getMessage()), e.notBefore());
        } catch (RuntimeException e) { // of the library, which promises none; the thread has to live on
            LOG.log(Level.DEBUG, "an order failed", e);
            fail("what the authority answered makes no sense: " + e, null);
        }
    }

    /** A certificate that cannot be kept is good for as long as we run. */
    private @Nullable String keep(AcmeFiles.Kept kept) {
        try {
            files.keep(kept);
            return null;
        } catch (IOException e) {
            String problem = "the new certificate cannot be kept, and a restart has to ask for another: " + e;
            LOG.log(Level.WARNING, problem);
            return problem;
        }
    }

    private void fail(String problem, @Nullable Instant notBefore) {
        failures++;
        Instant now = clock.instant();
        next = now.plus(RenewalTimes.retry(failures, chance()));
        if (notBefore != null && notBefore.isAfter(next)) {
            next = notBefore;
        }
        next = next.truncatedTo(ChronoUnit.SECONDS);
        state = state(problem);
        boolean isBare = expires == null || now.isAfter(expires);
        LOG.log(
                Level.WARNING,
                "no certificate for {0}: {1}; {2}; tried again on {3}",
                settings.name(),
                problem,
                isBare ? "clients cannot come in until there is one" : "the one that is there is good until " + expires,
                next);
    }

    private void schedule(X509Certificate certificate) {
        expires = certificate.getNotAfter().toInstant();
        next = RenewalTimes.renewal(certificate.getNotBefore().toInstant(), expires, chance());
    }

    private double chance() {
        return (entropy.nextInt() >>> 1) / (double) (1L << 31);
    }

    private CertificateState state(@Nullable String problem) {
        return new CertificateState(settings.directory().toString(), settings.name(), expires, next, failures, problem);
    }

    /** How it is now. */
    public CertificateState state() {
        return state;
    }

    /** Asks no more; an order under way is given up. */
    @Override
    public void close() {
        closed.countDown();
        Thread own = thread;
        if (own != null) {
            own.interrupt();
            try {
                own.join(END_LIMIT);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
