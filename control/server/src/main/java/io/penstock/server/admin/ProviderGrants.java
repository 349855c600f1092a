package io.penstock.server.admin;

import io.penstock.server.model.Domain;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.IdentityProvider.OffBoarding;
import io.penstock.server.model.ProviderGrant;
import io.penstock.server.model.User;
import io.penstock.server.store.Store;
import io.penstock.server.store.Transaction;
import io.penstock.wireguard.Entropy;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether providers go on vouching for those whom they have signed in, and what comes of it when one does not. Each decision is in the
 * audit log. Thread-safe; asks no provider itself.
 */
public final class ProviderGrants {
    /** A provider that does not answer is asked for somebody again after that, and after twice as long each time. */
    private static final Duration RETRY = Duration.ofSeconds(30);

    private static final int JITTER_PERCENT = 10;

    private final Store store;
    private final Entropy entropy;

    ProviderGrants(Store store, Entropy entropy) {
        this.store = store;
        this.entropy = entropy;
    }

    /** So many that were given out at once are not asked for at once for ever: a tenth more or less. */
    static Duration jittered(Duration interval, Entropy entropy) {
        byte[] random = new byte[2];
        entropy.fill(random);
        long part = ((random[0] & 0xffL) << 8) | (random[1] & 0xffL); // of 65536
        long spreadMs = interval.toMillis() * 2 * JITTER_PERCENT / 100;
        return interval.minusMillis(spreadMs / 2).plusMillis(spreadMs * part / 65536);
    }

    /** Somebody whose provider has to be asked. */
    public record Due(ProviderGrant grant, IdentityProvider provider, String subject) {}

    /**
     * The next that is due, which nobody else asks for within that time.
     *
     * @param exceptProviders whose turn it is not
     */
    public Optional<Due> takeDue(Duration lease, Collection<Long> exceptProviders) {
        if (!store.read(tx -> tx.providerGrants().isAnyDue())) {
            return Optional.empty();
        }
        return store.write(tx -> tx.providerGrants()
                .takeDue(lease, exceptProviders)
                .map(grant -> new Due(
                        grant,
                        tx.providers().find(grant.providerId()).orElseThrow(),
                        tx.users()
                                .findAnywhere(grant.userId())
                                .orElseThrow()
                                .identity()
                                .subject())));
    }

    /**
     * The provider vouches: what it says of groups and addresses holds from now on, and may be what puts them out.
     *
     * @return why they are put out; null if they stay
     */
    public @Nullable String renew(Due due, Vouched vouched) {
        return store.write(tx -> {
            Optional<User> user = tx.users().findAnywhere(due.grant.userId());
            if (user.isEmpty() || !tx.providerGrants().isSame(due.grant)) {
                return null; // they have signed in anew, or an administrator has decided
            }
            IdentityProvider provider = due.provider;
            Optional<String> reason = ProviderSignIn.filterAgain(provider, vouched, user.get());
            if (reason.isPresent()) {
                putOut(tx, due, user.get(), reason.get());
                return reason.get();
            }
            ProviderSignIn.takeGroups(tx, provider, user.get(), vouched);
            String token = vouched.refreshToken();
            tx.providerGrants()
                    .renew(
                            due.grant,
                            token == null ? due.grant.refreshToken() : token,
                            tx.now().plus(jittered(provider.refresh(), entropy)));
            return null;
        });
    }

    /** The provider vouches no longer. */
    public void refuse(Due due, String reason) {
        store.write(tx -> {
            tx.users()
                    .findAnywhere(due.grant.userId())
                    .filter(user -> tx.providerGrants().isSame(due.grant))
                    .ifPresent(user -> putOut(tx, due, user, reason));
            return null;
        });
    }

    private static void putOut(Transaction tx, Due due, User user, String reason) {
        if (due.provider.offBoarding() == OffBoarding.NODES) {
            if (user.isActive()) {
                tx.users().setActive(user, false);
                tx.providerGrants().refuse(user.id());
            } else {
                tx.providerGrants().forget(user.id()); // an administrator has disabled them, and that stays so
            }
            PutOut.run(tx, user);
        } else {
            tx.sessions().revokeOfProvider(due.provider.id(), user.id(), null);
            tx.providerGrants().forget(user.id());
        }
        tx.audit()
                .add(
                        user.domainId(),
                        "provider " + due.provider.name(),
                        "put out",
                        "user " + user.id() + " " + user.loginName(),
                        true,
                        reason);
    }

    /**
     * The provider did not answer, or not so that it can be believed: nothing changes for the user, whatever that says of the provider.
     *
     * @return when it is asked again
     */
    public Instant postpone(Due due) {
        return store.write(tx -> {
            long doublings = Math.min(due.grant.failures(), 6);
            Duration wait = RETRY.multipliedBy(1L << doublings);
            Duration atMost = due.provider.refresh().compareTo(RETRY) < 0 ? RETRY : due.provider.refresh();
            Instant next = tx.now().plus(jittered(wait.compareTo(atMost) < 0 ? wait : atMost, entropy));
            tx.providerGrants().postpone(due.grant, next);
            return next;
        });
    }

    /** What came of a provider's word that sessions have ended. */
    public enum LoggedOut {
        DONE,
        /** It was given before. */
        REPLAYED,
        /** The provider was removed. */
        UNKNOWN
    }

    /**
     * Ends the sessions that began by a provider's session.
     *
     * @param tokenHash of what makes the provider's word one of a kind
     * @param remembered for how long it counts once
     * @param subject whose; null if only the session is named
     * @param sid which; null for all of the subject
     */
    public LoggedOut logOut(
            IdentityProvider provider,
            String tokenHash,
            Duration remembered,
            @Nullable String subject,
            @Nullable String sid) {
        return store.write(tx -> {
            if (tx.providers().find(provider.id()).isEmpty()) {
                return LoggedOut.UNKNOWN;
            }
            if (!tx.providerLogouts().note(provider.id(), tokenHash, tx.now().plus(remembered))) {
                return LoggedOut.REPLAYED;
            }
            Optional<User> user = subject == null
                    ? Optional.empty()
                    : tx.users().find(provider.domainId(), provider.identity(subject));
            int ended = subject != null && user.isEmpty()
                    ? 0 // nobody who has ever been here
                    : tx.sessions()
                            .revokeOfProvider(provider.id(), user.map(User::id).orElse(null), sid);
            if (ended > 0) {
                tx.audit()
                        .add(
                                provider.domainId(),
                                "provider " + provider.name(),
                                "log out",
                                user.map(known -> "user " + known.id() + " " + known.loginName())
                                        .orElse(tx.domains()
                                                .find(provider.domainId())
                                                .map(Domain::name)
                                                .orElse("")),
                                true,
                                ended + " sessions end");
            }
            return LoggedOut.DONE;
        });
    }
}
