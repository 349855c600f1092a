package io.penstock.server.login;

import io.penstock.server.admin.ProviderGrants;
import io.penstock.server.admin.ProviderGrants.Due;
import io.penstock.server.metrics.MetricSource;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.store.Store;
import io.penstock.server.store.StoreException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Asks providers, by the refresh tokens of those who signed in, whether they still vouch for them; who is disabled there is put out here within
 * minutes. A provider that does not answer puts out nobody. A thread of its own, which asks for one at a time.
 */
public final class GrantWatch implements MetricSource, AutoCloseable {
    /** The codes by which a provider says no to somebody, and not to us (RFC 6749, section 5.2; OpenID Connect Core 1.0, section 3.1.2.6). */
    private static final Set<String> NO =
            Set.of("invalid_grant", "interaction_required", "login_required", "consent_required");

    /** Longer than a request may take. */
    private static final Duration LEASE = ProviderHttp.TIMEOUT.multipliedBy(4);

    /** Looks again at the clock and the store after so many. */
    private static final int MAX_IN_A_ROW = 500;

    private static final System.Logger LOG = System.getLogger(GrantWatch.class.getName());

    private final Store store;
    private final Providers providers;
    private final ProviderGrants grants;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("grant-watch").daemon().factory());
    private final LongAdder renewed = new LongAdder();
    private final LongAdder putOut = new LongAdder();
    private final LongAdder failed = new LongAdder();

    /** A watch over what it does not own. */
    public GrantWatch(Store store, Providers providers, ProviderGrants grants) {
        this.store = store;
        this.providers = providers;
        this.grants = grants;
    }

    /** Looks so often whom to ask for. */
    public void start(Duration interval) {
        var _ = executor.scheduleWithFixedDelay( // ends with the executor
                this::runAndGoOn, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void runAndGoOn() {
        try {
            runOnce();
        } catch (RuntimeException e) {
            LOG.log(
                    Level.WARNING,
                    "asking providers failed and is tried again",
                    e); // an exception would end the schedule
        }
    }

    /** Asks for all who are due. A provider that does not answer is not asked for others in this round. */
    void runOnce() {
        Set<Long> silent = new HashSet<>();
        for (int i = 0; i < MAX_IN_A_ROW && !Thread.currentThread().isInterrupted(); i++) {
            Optional<Due> due = grants.takeDue(LEASE, silent);
            if (due.isEmpty()) {
                return;
            }
            if (!ask(due.get())) {
                silent.add(due.get().provider().id());
            }
        }
    }

    /** @return false if the provider does not answer */
    private boolean ask(Due due) {
        String name = due.provider().name();
        if (due.provider().saml() != null) {
            grants.refuse(
                    due,
                    "the provider has not vouched anew, and its word is good for "
                            + due.provider().refresh());
            putOut.increment();
            LOG.log(Level.INFO, "provider {0}: somebody is put out: they have not signed in for long", name);
            return true;
        }
        try {
            String secret = store.read(tx -> tx.providers().secret(due.provider()));
            String reason = grants.renew(
                    due,
                    new Exchange(providers.open(due.provider()), secret)
                            .refresh(due.grant().refreshToken(), due.subject()));
            if (reason == null) {
                renewed.increment();
            } else {
                putOut.increment();
                LOG.log(Level.INFO, "provider {0}: somebody is put out: {1}", name, reason);
            }
            return true;
        } catch (Exchange.GrantRefusedException e) {
            if (NO.contains(e.code)) {
                grants.refuse(due, "the provider vouches no longer: " + e.code);
                putOut.increment();
                LOG.log(Level.INFO, "provider {0}: somebody is put out: {1}", name, e.code);
                return true;
            }
            return postpone(due, e);
        } catch (RefusedException | IOException e) {
            return postpone(due, e);
        } catch (StoreException e) {
            return postpone(due, e);
        }
    }

    private boolean postpone(Due due, Exception why) {
        failed.increment();
        Instant next = grants.postpone(due);
        LOG.log(
                Level.WARNING,
                "provider {0} does not say whether it still vouches for somebody, who stays until it does: {1}; asked again at {2}",
                due.provider().name(),
                why.getMessage(),
                next);
        return false;
    }

    @Override
    public void write(MetricsText out) {
        asked(out, "vouches", renewed.sum());
        asked(out, "put-out", putOut.sum());
        asked(out, "no-answer", failed.sum());
    }

    private static void asked(MetricsText out, String outcome, long count) {
        out.counter(
                "penstock_provider_grants_asked_total",
                "How often a provider was asked whether it still vouches for somebody, by what came of it.",
                count,
                "outcome",
                outcome);
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        executor.shutdownNow();
        executor.close();
    }
}
