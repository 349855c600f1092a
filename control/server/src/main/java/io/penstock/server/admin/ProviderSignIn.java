package io.penstock.server.admin;

import io.penstock.server.admin.SignIn.SignedIn;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Identity;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.Role;
import io.penstock.server.model.SecondFactor;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.store.Store;
import io.penstock.server.store.Transaction;
import io.penstock.wireguard.Entropy;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who gets in that a provider vouches for: users are issuer and subject, an address of mail or a group only keeps people out. Filters
 * hold at each sign-in. Local administrators never come this way, so no filter locks them out. Thread-safe.
 */
public final class ProviderSignIn {
    private static final String GROUP = "group:";
    private static final int MAX_NAME_LENGTH = 200;

    private final Store store;
    private final Entropy entropy;

    ProviderSignIn(Store store, Entropy entropy) {
        this.store = store;
        this.entropy = entropy;
    }

    /** What came of somebody's sign-in. */
    public sealed interface Result {
        record In(SignedIn signedIn) implements Result {}

        /** They would get in with a second factor, which the provider did not ask for. */
        record FactorNeeded() implements Result {}

        /**
         * They do not get in.
         *
         * @param reason for people
         */
        record Denied(String reason) implements Result {}
    }

    /** Signs somebody in, whom the provider may make a user. Every decision is in the audit log. */
    public Result signIn(IdentityProvider provider, Vouched vouched) {
        return store.write(tx -> {
            if (tx.providers().find(provider.id()).isEmpty()) {
                return new Result.Denied("this way to sign in was removed");
            }
            Identity identity;
            try {
                identity = provider.identity(vouched.subject());
            } catch (IllegalArgumentException e) {
                return denied(tx, provider, "-", "the provider does not say who you are");
            }
            User known = tx.users().find(provider.domainId(), identity).orElse(null);
            boolean comesBack = known != null && isPutOutByProvider(tx, known);
            Optional<String> reason = reasonAgainst(provider, vouched, known, comesBack);
            if (reason.isPresent()) {
                return denied(tx, provider, vouched.subject(), reason.get());
            }
            Role role = known == null ? Role.MEMBER : known.role();
            SecondFactor factor = provider.secondFactor();
            if (factor.isFor(role) && !factor.isOurs() && !vouched.secondFactor()) {
                note(tx, provider, vouched.subject(), "a second factor is needed");
                return new Result.FactorNeeded();
            }
            String loginName = known == null ? loginName(tx, provider, vouched) : known.loginName();
            if (known == null && tx.users().hasLoginName(provider.domainId(), loginName)) {
                return denied(tx, provider, vouched.subject(), "somebody else has the name " + loginName + " here");
            }
            User user = known == null ? add(tx, provider, identity, loginName, vouched) : known;
            takeGroups(tx, provider, user, vouched);
            if (comesBack && !user.isActive()) {
                tx.users().setActive(user, true);
            }
            takeGrant(tx, provider, user, vouched, comesBack);
            Token session = Token.create(TokenKind.SESSION, entropy);
            tx.sessions()
                    .add(
                            user.id(),
                            session,
                            provider.id(),
                            vouched.sid(),
                            vouched.secondFactor(),
                            vouched.sessionEnds());
            tx.audit()
                    .add(
                            provider.domainId(),
                            "user " + user.id() + " " + user.loginName(),
                            "sign in",
                            "provider " + provider.name(),
                            true,
                            known == null ? "for the first time" : comesBack ? "the provider vouches again" : "");
            return new Result.In(new SignedIn(user, session));
        });
    }

    /** Whether they may do nothing for the reason alone that a provider did not vouch for them any more. */
    private static boolean isPutOutByProvider(Transaction tx, User user) {
        return tx.providerGrants()
                .find(user.id())
                .filter(grant -> grant.refused() != null)
                .isPresent();
    }

    /**
     * A refresh token that ends with the browser's session at the provider says nothing of its user, so only one that was asked to
     * outlive it is kept. The word of a provider that cannot be asked is good for a time; what stands in the place of its token tells
     * this sign-in from a later one.
     */
    private void takeGrant(Transaction tx, IdentityProvider provider, User user, Vouched vouched, boolean comesBack) {
        String refreshToken = provider.saml() == null
                ? vouched.refreshToken()
                : Token.create(TokenKind.STATE, entropy).toString();
        boolean isKept = provider.saml() != null || provider.scopes().contains(IdentityProvider.OFFLINE);
        if (refreshToken != null && isKept) {
            Instant next = tx.now().plus(ProviderGrants.jittered(provider.refresh(), entropy));
            tx.providerGrants().put(user.id(), provider.id(), refreshToken, next);
        } else if (comesBack) {
            tx.providerGrants().forget(user.id());
        }
    }

    /** Notes in the audit log that something which claimed to be of a provider was refused. */
    public void noteRefusal(IdentityProvider provider, String reason) {
        store.write(tx -> {
            note(tx, provider, "-", reason);
            return null;
        });
    }

    private static Result denied(Transaction tx, IdentityProvider provider, String subject, String reason) {
        note(tx, provider, subject, reason);
        return new Result.Denied(reason);
    }

    static void note(Transaction tx, IdentityProvider provider, String subject, String reason) {
        String domain = tx.domains().find(provider.domainId()).map(Domain::name).orElse("");
        tx.audit()
                .add(
                        provider.domainId(),
                        "provider " + provider.name() + " subject " + printable(subject),
                        "sign in",
                        domain,
                        false,
                        reason);
    }

    private static String printable(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= MAX_NAME_LENGTH ? line : line.substring(0, MAX_NAME_LENGTH);
    }

    private static Optional<String> reasonAgainst(
            IdentityProvider provider, Vouched vouched, @Nullable User known, boolean comesBack) {
        if (known != null && !known.isActive() && !comesBack) {
            return Optional.of("your account is disabled here");
        }
        if (known == null && provider.admits() == Admits.USERS) {
            return Optional.of("you are no user here: an administrator has to add you");
        }
        return mailFault(provider, vouched).or(() -> groupsFault(provider, vouched, known));
    }

    /**
     * What keeps somebody out for whom the provider goes on to vouch. A token that was refreshed says less than the first one at many
     * providers: an address of mail that is not in it is no wrong one.
     */
    static Optional<String> filterAgain(IdentityProvider provider, Vouched vouched, User known) {
        return (vouched.verifiedMail() == null ? Optional.<String>empty() : mailFault(provider, vouched))
                .or(() -> groupsFault(provider, vouched, known));
    }

    private static Optional<String> mailFault(IdentityProvider provider, Vouched vouched) {
        if (!provider.mailDomains().isEmpty()) {
            String mail = vouched.verifiedMail();
            if (mail == null) {
                return Optional.of(
                        "the provider does not say that your address of mail is verified, which is needed here");
            }
            if (!provider.mailDomains().contains(mail.substring(mail.lastIndexOf('@') + 1))) {
                return Optional.of("your address of mail is in none of the domains that get in here");
            }
        }
        return Optional.empty();
    }

    private static Optional<String> groupsFault(IdentityProvider provider, Vouched vouched, @Nullable User known) {
        if (!provider.allowedGroups().isEmpty()) {
            Set<String> groups = groups(vouched, known);
            if (provider.allowedGroups().stream().noneMatch(allowed -> groups.contains(GROUP + allowed))) {
                return Optional.of("you are in none of the groups that get in here");
            }
        }
        return Optional.empty();
    }

    /** Those that the provider says, or else those that it said last. */
    private static Set<String> groups(Vouched vouched, @Nullable User known) {
        Set<String> said = vouched.groups();
        if (said == null) {
            return known == null ? Set.of() : known.groups();
        }
        return said.stream().map(GROUP::concat).collect(Collectors.toCollection(TreeSet::new));
    }

    static void takeGroups(Transaction tx, IdentityProvider provider, User user, Vouched vouched) {
        tx.users().setGroups(user, provider.groupsClaim().isEmpty() ? Set.of() : groups(vouched, user));
    }

    /**
     * A name by which policies know somebody must be nobody's choice: it is the address that the provider has verified, if nobody
     * has it, or else the subject at the provider.
     */
    private static String loginName(Transaction tx, IdentityProvider provider, Vouched vouched) {
        String mail = vouched.verifiedMail();
        return mail != null && !tx.users().hasLoginName(provider.domainId(), mail)
                ? mail
                : printable(vouched.subject()) + "@" + provider.name();
    }

    private static User add(
            Transaction tx, IdentityProvider provider, Identity identity, String loginName, Vouched vouched) {
        String displayName = printable(vouched.displayName().isBlank() ? loginName : vouched.displayName());
        return tx.users().add(provider.domainId(), identity, loginName, displayName, Role.MEMBER, false);
    }
}
