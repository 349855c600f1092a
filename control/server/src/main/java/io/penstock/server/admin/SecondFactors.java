package io.penstock.server.admin;

import io.penstock.server.admin.Gate.Deed;
import io.penstock.server.admin.SignIn.SignedIn;
import io.penstock.server.model.Domain;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.Passkey;
import io.penstock.server.model.Session;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.passkey.PasskeyCheck;
import io.penstock.server.passkey.RefusedPasskeyException;
import io.penstock.server.store.CredentialTable.Credential;
import io.penstock.server.store.PasskeyTable.Purpose;
import io.penstock.server.store.Store;
import io.penstock.server.store.Transaction;
import io.penstock.wireguard.Entropy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Second factors of ours: an authenticator app, and passkeys. Whoever has none gives themselves the first when their provider has just
 * vouched for them; from then on one is needed to add another. A proof makes a new session, and ends the one that it was given in.
 * Thread-safe.
 */
public final class SecondFactors {
    /** Whoever has proven one factor only has to go on within this time. */
    public static final Duration HALFWAY_LIFETIME = Duration.ofMinutes(15);

    private static final int CHALLENGE_BYTES = 32;

    private final Gate gate;
    private final Store store;
    private final Entropy entropy;

    SecondFactors(Gate gate, Store store, Entropy entropy) {
        this.gate = gate;
        this.store = store;
        this.entropy = entropy;
    }

    /**
     * How it stands with somebody's second factors.
     *
     * @param isProven whether this session has one behind it
     * @param isDemanded whether the session is good for nothing without
     * @param hasApp whether they have an authenticator app
     */
    public record Standing(
            User user,
            Domain domain,
            boolean isProven,
            boolean isDemanded,
            boolean hasApp,
            long recoveryCodes,
            List<Passkey> passkeys) {
        public Standing {
            passkeys = List.copyOf(passkeys);
        }

        public boolean hasAny() {
            return hasApp || !passkeys.isEmpty();
        }

        /** Whether they may give themselves another factor. */
        public boolean mayAdd() {
            return isProven || !hasAny();
        }
    }

    private record Found(Session session, Standing standing) {}

    /** Of a session that may be without a second factor; empty if there is none, or if one could not be ours. */
    public Optional<Standing> standing(Token session) {
        return store.read(tx -> find(tx, session).map(Found::standing));
    }

    static boolean isHalfway(Transaction tx, Token session) {
        return find(tx, session).filter(found -> found.standing.isDemanded).isPresent();
    }

    private static Optional<Found> find(Transaction tx, Token token) {
        Optional<Session> good = tx.sessions().find(token).filter(session -> session.isGood(tx.now()));
        Optional<User> active = good.flatMap(
                session -> tx.users().findAnywhere(session.userId()).filter(User::isActive));
        if (good.isEmpty() || active.isEmpty()) {
            return Optional.empty();
        }
        Session session = good.get();
        User user = active.get();
        boolean isHere = Authority.read(tx, new Caller.WithSession(token)).isPresent();
        boolean isLate = !tx.now().isBefore(session.created().plus(HALFWAY_LIFETIME));
        if (!isHere && (isLate || !isOurs(tx, session))) {
            return Optional.empty();
        }
        return Optional.of(new Found(
                session,
                new Standing(
                        user,
                        tx.domains().find(user.domainId()).orElseThrow(),
                        session.hasSecondFactor(),
                        !isHere,
                        tx.credentials().find(user.id()).isPresent(),
                        tx.recoveryCodes().left(user.id()),
                        tx.passkeys().of(user.id()))));
    }

    private static boolean isOurs(Transaction tx, Session session) {
        Long providerId = session.providerId();
        return providerId == null
                || tx.providers()
                        .find(providerId)
                        .map(IdentityProvider::secondFactor)
                        .filter(factor -> factor.isOurs())
                        .isPresent();
    }

    /** A seed for an authenticator app; kept nowhere until it comes back with a code. */
    public String proposeSeed() {
        byte[] seed = new byte[Totp.SEED_LENGTH];
        entropy.fill(seed);
        return Totp.toBase32(seed);
    }

    /**
     * Gives somebody an authenticator app, once a code shows that it has the seed. Whoever has a password of this coordinator has one.
     *
     * @param seed as {@link #proposeSeed} gave it
     */
    public Outcome<SignedIn> addApp(Token session, String seed, String code) {
        byte[] bytes;
        try {
            bytes = Totp.parseBase32(seed);
        } catch (IllegalArgumentException e) {
            return new Outcome.Invalid<>(String.valueOf(e.getMessage()));
        }
        Outcome<SignedIn> outcome = store.write(tx -> {
            Optional<Found> found = find(tx, session);
            if (found.isEmpty()) {
                return new Outcome.Unauthenticated<>();
            }
            Standing standing = found.get().standing;
            if (standing.hasApp) {
                return new Outcome.Conflict<>("there is an authenticator app already");
            }
            if (!standing.mayAdd()) {
                return new Outcome.Denied<>("a second factor that is there has to be proven first");
            }
            OptionalLong step = Totp.matchingStep(bytes, code, tx.now());
            if (step.isEmpty()) {
                return new Outcome.Invalid<>("not the code of this seed at this time");
            }
            tx.credentials().set(standing.user.id(), "", bytes);
            tx.credentials().acceptStep(standing.user.id(), step.getAsLong());
            note(tx, standing.user, "add second factor", "authenticator app", true, "");
            return new Outcome.Done<>(proven(tx, found.get()));
        });
        Arrays.fill(bytes, (byte) 0);
        return outcome;
    }

    /** Proves it by a code of an app, or a recovery code; each works once. Wrong ones close the account for a while. */
    public Outcome<SignedIn> proveByCode(Token session, String code) {
        return store.write(tx -> {
            Optional<Found> found = find(tx, session);
            if (found.isEmpty()) {
                return new Outcome.Unauthenticated<>();
            }
            User user = found.get().standing.user;
            Optional<Credential> credential = tx.credentials().find(user.id());
            if (credential.isEmpty()) {
                return new Outcome.Conflict<>("there is no authenticator app");
            }
            if (credential.get().closed()) {
                note(tx, user, "prove second factor", "code", false, "closed after wrong codes");
                return new Outcome.Denied<>("too many wrong codes: wait for fifteen minutes");
            }
            Optional<String> recovery = RecoveryCodes.hash(code);
            boolean isRight = recovery.isPresent()
                    ? tx.recoveryCodes().use(user.id(), recovery.get())
                    : SignIn.isCode(tx, user.id(), code);
            if (!isRight) {
                tx.credentials().noteFailure(user.id());
                note(tx, user, "prove second factor", "code", false, "wrong code");
                return new Outcome.Invalid<>("not the code of this time");
            }
            note(tx, user, "prove second factor", recovery.isPresent() ? "recovery code" : "code", true, "");
            return new Outcome.Done<>(proven(tx, found.get()));
        });
    }

    /** The session that comes after a proof; nobody who knew the one before knows it. */
    private SignedIn proven(Transaction tx, Found found) {
        Token token = Token.create(TokenKind.SESSION, entropy);
        tx.sessions().follow(found.session, token);
        return new SignedIn(found.standing.user, token);
    }

    /** Asks the session's browser to make a passkey: what it is to be told, as JSON. */
    public Outcome<String> askToMake(Token session, PasskeyCheck check) {
        return store.write(tx -> {
            Optional<Found> found = find(tx, session);
            if (found.isEmpty()) {
                return new Outcome.Unauthenticated<>();
            }
            Standing standing = found.get().standing;
            Optional<Outcome<String>> fault = addFault(standing);
            if (fault.isPresent()) {
                return fault.get();
            }
            byte[] challenge = ask(tx, found.get().session, Purpose.MAKE);
            User user = standing.user;
            byte[] handle = ByteBuffer.allocate(Long.BYTES).putLong(user.id()).array();
            return new Outcome.Done<>(
                    check.askToMake(challenge, handle, user.loginName(), user.displayName(), standing.passkeys));
        });
    }

    private static <T> Optional<Outcome<T>> addFault(Standing standing) {
        if (!standing.mayAdd()) {
            return Optional.of(new Outcome.Denied<>("a second factor that is there has to be proven first"));
        }
        return standing.passkeys.size() >= Passkey.MAX_COUNT
                ? Optional.of(new Outcome.Conflict<>("there are " + Passkey.MAX_COUNT + " passkeys: remove one first"))
                : Optional.empty();
    }

    private byte[] ask(Transaction tx, Session session, Purpose purpose) {
        byte[] challenge = new byte[CHALLENGE_BYTES];
        entropy.fill(challenge);
        tx.passkeys().ask(session.id(), purpose, Base64.getEncoder().encodeToString(challenge));
        return challenge;
    }

    /** Takes a passkey that the browser says an authenticator has made. */
    public Outcome<SignedIn> addPasskey(Token session, String name, String answer, PasskeyCheck check) {
        return store.write(tx -> {
            Optional<Found> found = find(tx, session);
            if (found.isEmpty()) {
                return new Outcome.Unauthenticated<>();
            }
            Optional<byte[]> challenge = take(tx, found.get().session, Purpose.MAKE);
            Standing standing = found.get().standing;
            Optional<Outcome<SignedIn>> fault = addFault(standing);
            if (fault.isPresent()) {
                return fault.get();
            }
            if (!isName(name)) {
                return new Outcome.Invalid<>("a name has 1 to " + Passkey.MAX_NAME_LENGTH + " characters");
            }
            if (challenge.isEmpty()) {
                return new Outcome.Invalid<>("that took too long, or was answered before");
            }
            Optional<Passkey> added;
            try {
                added = tx.passkeys().add(standing.user.id(), check.checkMade(answer, challenge.get()), name.strip());
            } catch (RefusedPasskeyException e) {
                note(tx, standing.user, "add second factor", "passkey", false, String.valueOf(e.getMessage()));
                return new Outcome.Invalid<>("what the browser says of the passkey is not right");
            }
            if (added.isEmpty()) {
                return new Outcome.Conflict<>("this passkey is known already");
            }
            note(
                    tx,
                    standing.user,
                    "add second factor",
                    "passkey " + added.get().id(),
                    true,
                    "");
            return new Outcome.Done<>(proven(tx, found.get()));
        });
    }

    private static boolean isName(String name) {
        return !name.isBlank()
                && name.strip().length() <= Passkey.MAX_NAME_LENGTH
                && name.chars().noneMatch(Character::isISOControl);
    }

    private static Optional<byte[]> take(Transaction tx, Session session, Purpose purpose) {
        return tx.passkeys().take(session.id(), purpose).map(Base64.getDecoder()::decode);
    }

    /** Asks the session's browser to prove that a passkey is at hand: what it is to be told, as JSON. */
    public Outcome<String> askToProve(Token session, PasskeyCheck check) {
        return store.write(tx -> {
            Optional<Found> found = find(tx, session);
            if (found.isEmpty()) {
                return new Outcome.Unauthenticated<>();
            }
            List<Passkey> known = found.get().standing.passkeys;
            return known.isEmpty()
                    ? new Outcome.Conflict<>("there is no passkey")
                    : new Outcome.Done<>(check.askToProve(ask(tx, found.get().session, Purpose.PROVE), known));
        });
    }

    /** Takes the proof. */
    public Outcome<SignedIn> proveByPasskey(Token session, String answer, PasskeyCheck check) {
        return store.write(tx -> {
            Optional<Found> found = find(tx, session);
            if (found.isEmpty()) {
                return new Outcome.Unauthenticated<>();
            }
            User user = found.get().standing.user;
            Optional<byte[]> challenge = take(tx, found.get().session, Purpose.PROVE);
            if (challenge.isEmpty()) {
                return new Outcome.Invalid<>("that took too long, or was answered before");
            }
            String id = check.credentialOf(answer).orElse("");
            Optional<Passkey> passkey = found.get().standing.passkeys.stream()
                    .filter(one -> one.credentialId().equals(id))
                    .findFirst();
            if (passkey.isEmpty()) {
                note(tx, user, "prove second factor", "passkey", false, "none of theirs");
                return new Outcome.Invalid<>("this is no passkey of yours");
            }
            String target = "passkey " + passkey.get().id();
            try {
                tx.passkeys().use(passkey.get().id(), check.checkProof(answer, challenge.get(), passkey.get()));
            } catch (RefusedPasskeyException e) {
                note(tx, user, "prove second factor", target, false, String.valueOf(e.getMessage()));
                return new Outcome.Invalid<>("what the browser says of the passkey is not right");
            }
            note(tx, user, "prove second factor", target, true, "");
            return new Outcome.Done<>(proven(tx, found.get()));
        });
    }

    /** Takes a passkey of one's own away, which needs a second factor, as does to add one; the last factor stays where one is demanded. */
    public Outcome<Passkey> removeOwn(Token session, long passkeyId) {
        return store.write(tx -> {
            Optional<Found> found = find(tx, session).filter(here -> !here.standing.isDemanded);
            if (found.isEmpty()) {
                return new Outcome.Unauthenticated<>();
            }
            Standing standing = found.get().standing;
            Optional<Passkey> passkey = standing.passkeys.stream()
                    .filter(one -> one.id() == passkeyId)
                    .findFirst();
            if (passkey.isEmpty()) {
                return new Outcome.NotFound<>("passkey " + passkeyId);
            }
            if (!standing.isProven) {
                return new Outcome.Denied<>("a second factor has to be proven first");
            }
            tx.passkeys().remove(passkeyId);
            note(tx, standing.user, "remove second factor", "passkey " + passkeyId, true, "");
            return new Outcome.Done<>(passkey.get());
        });
    }

    /** Gives a passkey of one's own another name. */
    public Outcome<Passkey> renameOwn(Token session, long passkeyId, String name) {
        return store.write(tx -> {
            Optional<Found> found = find(tx, session).filter(here -> !here.standing.isDemanded);
            if (found.isEmpty()) {
                return new Outcome.Unauthenticated<>();
            }
            if (found.get().standing.passkeys.stream().noneMatch(one -> one.id() == passkeyId)) {
                return new Outcome.NotFound<>("passkey " + passkeyId);
            }
            if (!isName(name)) {
                return new Outcome.Invalid<>("a name has 1 to " + Passkey.MAX_NAME_LENGTH + " characters");
            }
            tx.passkeys().rename(passkeyId, name.strip());
            note(tx, found.get().standing.user, "rename second factor", "passkey " + passkeyId, true, "");
            return new Outcome.Done<>(tx.passkeys().find(passkeyId).orElseThrow());
        });
    }

    /** What somebody has, as whoever looks after them sees it. */
    public record Owned(User user, boolean hasApp, long recoveryCodes, List<Passkey> passkeys) {}

    /** Of those that the caller may see. */
    public Outcome<List<Owned>> list(Caller caller, String domain) {
        return gate.read(
                caller,
                Permission.USERS_READ,
                domain,
                new Deed("list second factors", domain),
                allowed -> new Outcome.Done<>(
                        allowed.tx().users().list(allowed.domain().id()).stream()
                                .filter(user -> allowed.covers(user.id()))
                                .map(user -> owned(allowed.tx(), user))
                                .toList()));
    }

    private static Owned owned(Transaction tx, User user) {
        return new Owned(
                user,
                tx.credentials().find(user.id()).isPresent(),
                tx.recoveryCodes().left(user.id()),
                tx.passkeys().of(user.id()));
    }

    /** Takes a passkey of somebody's away, such as one that was lost. */
    public Outcome<Passkey> removePasskey(Caller caller, String domain, long passkeyId) {
        Deed deed = new Deed("remove passkey", Long.toString(passkeyId));
        return gate.write(caller, Permission.USERS_WRITE, domain, deed, allowed -> {
            Optional<Passkey> passkey = allowed.tx().passkeys().find(passkeyId);
            Optional<User> owner = passkey.flatMap(
                    found -> allowed.tx().users().find(allowed.domain().id(), found.userId()));
            if (passkey.isEmpty() || owner.isEmpty()) {
                return new Outcome.NotFound<>("passkey " + passkeyId);
            }
            if (owner.get().role().compareTo(allowed.authority().role()) > 0) {
                return new Outcome.Denied<>("a role above one's own");
            }
            allowed.tx().passkeys().remove(passkeyId);
            return new Outcome.Done<>(passkey.get());
        });
    }

    /**
     * Takes all second factors of somebody away for whom a provider vouches, and ends their sessions: the next time they give themselves
     * another. Somebody with a password of this coordinator gets a new account by a link.
     */
    public Outcome<Owned> reset(Caller caller, String domain, long userId) {
        Deed deed = new Deed("reset second factors", Long.toString(userId));
        return gate.write(caller, Permission.USERS_WRITE, domain, deed, allowed -> {
            Transaction tx = allowed.tx();
            Optional<User> found = tx.users().find(allowed.domain().id(), userId);
            if (found.isEmpty()) {
                return new Outcome.NotFound<>("user " + userId);
            }
            if (found.get().role().compareTo(allowed.authority().role()) > 0) {
                return new Outcome.Denied<>("a role above one's own");
            }
            boolean hasPassword = tx.credentials()
                    .find(userId)
                    .filter(credential -> !credential.passwordHash().isEmpty())
                    .isPresent();
            if (hasPassword) {
                return new Outcome.Conflict<>(
                        "user " + userId
                                + " has a password of this coordinator, which is good with a second factor only: give them a new account by a link");
            }
            tx.credentials().remove(userId);
            tx.recoveryCodes().replace(userId, List.of());
            tx.passkeys().removeAll(userId);
            tx.sessions().revokeAll(userId);
            return new Outcome.Done<>(owned(tx, found.get()));
        });
    }

    private static void note(Transaction tx, User user, String action, String target, boolean allowed, String detail) {
        tx.audit().add(user.domainId(), "user " + user.id() + " " + user.loginName(), action, target, allowed, detail);
    }
}
