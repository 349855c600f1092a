package io.penstock.server.admin;

import io.penstock.server.model.Domain;
import io.penstock.server.model.Identity;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.OneTimeLink;
import io.penstock.server.model.Role;
import io.penstock.server.model.Session;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.store.CredentialTable.Credential;
import io.penstock.server.store.Store;
import io.penstock.server.store.Transaction;
import io.penstock.wireguard.Entropy;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How local administrators come to be, and in: by a one-time link, then by password and a code, always both. There is no
 * default password and no way in before the first link. Passwords are hashed outside of transactions. Thread-safe.
 */
public final class SignIn {
    /** The domain of the first start. */
    public static final String FIRST_DOMAIN = "default";

    private static final String FIRST_SUFFIX = "penstock.internal";
    private static final String ISSUER_NAME = "Penstock";
    private static final Pattern LOGIN_NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    private final Store store;
    private final Entropy entropy;

    /** Verified in the place of a hash that is not there, so that a wrong name takes as long as a wrong password. */
    private final String nobodysHash;

    SignIn(Store store, Entropy entropy) {
        this.store = store;
        this.entropy = entropy;
        nobodysHash = PasswordHash.ofNobody(entropy);
    }

    /** Somebody who is in; the secret is the session's. */
    public record SignedIn(User user, Token session) {}

    /**
     * At the start of a coordinator that has no domain yet: makes the first one.
     *
     * @return the secret of the link by which its owner comes in, also at later starts as long as nobody has; empty after that
     */
    public Optional<Token> firstStart() {
        return store.write(tx -> {
            Domain domain = tx.domains()
                    .find(FIRST_DOMAIN)
                    .orElseGet(() -> tx.domains().list().isEmpty()
                            ? tx.domains()
                                    .add(
                                            FIRST_DOMAIN,
                                            FIRST_SUFFIX,
                                            Domain.DEFAULT_V4,
                                            Domain.DEFAULT_V6,
                                            Domain.DEFAULT_KEY_LIFETIME)
                            : tx.domains().list().getFirst());
            if (tx.users().countOwners(domain.id()) > 0) {
                return Optional.empty();
            }
            Token link = Token.create(TokenKind.LINK, entropy);
            tx.links().add(domain.id(), link, Role.OWNER, true);
            return Optional.of(link);
        });
    }

    /** A seed for an authenticator app, as its app reads it; kept nowhere until it comes back with a code. */
    public Outcome<String> proposeSeed(Token link) {
        boolean isGood = store.read(tx ->
                tx.links().find(link).filter(found -> found.isGood(tx.now())).isPresent());
        if (!isGood) {
            return new Outcome.NotFound<>("a link that is still good");
        }
        byte[] seed = new byte[Totp.SEED_LENGTH];
        entropy.fill(seed);
        return new Outcome.Done<>(Totp.toBase32(seed));
    }

    /**
     * What an authenticator app takes from a QR code.
     *
     * @param account what the app shows beside our name: letters, digits, dots, hyphens, colons and brackets
     */
    public static String otpauthUri(String account, String seed) {
        String label = URLEncoder.encode(account, StandardCharsets.UTF_8);
        return "otpauth://totp/" + ISSUER_NAME + ":" + label + "?secret=" + seed + "&issuer=" + ISSUER_NAME;
    }

    /** What is wrong with a login name; empty for nothing. */
    public static Optional<String> loginNameFault(String loginName) {
        return LOGIN_NAME.matcher(loginName).matches()
                ? Optional.empty()
                : Optional.of("a login name has lower-case letters, digits, dots and hyphens");
    }

    /** What is wrong with a new password; empty for nothing. */
    public static Optional<String> passwordFault(String password) {
        return PasswordHash.lengthFault(password);
    }

    /**
     * Uses a link: its holder becomes a local administrator, once a code shows that their app has the seed.
     *
     * @param seed as {@link #proposeSeed} gave it
     */
    public Outcome<SignedIn> acceptLink(Token link, String loginName, String password, String seed, String code) {
        byte[] seedBytes;
        String hash;
        try {
            Optional<String> bad = loginNameFault(loginName);
            if (bad.isPresent()) {
                return new Outcome.Invalid<>(bad.get());
            }
            seedBytes = Totp.parseBase32(seed);
            // Hashing is dear: not for those who hold no link.
            if (!(proposeSeed(link) instanceof Outcome.Done<String>)) {
                return new Outcome.NotFound<>("a link that is still good");
            }
            hash = PasswordHash.of(password, entropy);
        } catch (IllegalArgumentException e) {
            return new Outcome.Invalid<>(String.valueOf(e.getMessage()));
        }
        Outcome<SignedIn> outcome = store.write(tx -> accept(tx, link, loginName, hash, seedBytes, code));
        Arrays.fill(seedBytes, (byte) 0);
        return outcome;
    }

    private Outcome<SignedIn> accept(
            Transaction tx, Token link, String loginName, String hash, byte[] seed, String code) {
        Optional<OneTimeLink> found = tx.links().find(link).filter(good -> good.isGood(tx.now()));
        if (found.isEmpty()) {
            return new Outcome.NotFound<>("a link that is still good");
        }
        OptionalLong step = Totp.matchingStep(seed, code, tx.now());
        if (step.isEmpty()) {
            return new Outcome.Invalid<>("not the code of this seed at this time");
        }
        long domainId = found.get().domainId();
        Identity identity = new Identity(Identity.LOCAL, loginName);
        if (tx.users().find(domainId, identity).isPresent()) {
            return new Outcome.Conflict<>("there is a local user " + loginName);
        }
        if (!tx.links().consume(found.get().id())) {
            throw new IllegalStateException("a good link was used within the transaction");
        }
        User user = tx.users()
                .add(
                        domainId,
                        identity,
                        loginName,
                        loginName,
                        found.get().role(),
                        found.get().operator());
        tx.credentials().set(user.id(), hash, seed);
        tx.credentials().acceptStep(user.id(), step.getAsLong());
        tx.audit()
                .add(
                        domainId,
                        "user " + user.id() + " " + loginName,
                        "accept link",
                        user.role().toString(),
                        true,
                        "");
        return new Outcome.Done<>(begin(tx, user));
    }

    private SignedIn begin(Transaction tx, User user) {
        Token session = Token.create(TokenKind.SESSION, entropy);
        tx.sessions().add(user.id(), session);
        return new SignedIn(user, session);
    }

    /**
     * Signs somebody in. All failures look the same. Wrong codes after the right password close the account for a while.
     *
     * @param code of their authenticator app, or one of their recovery codes; each works once
     */
    public Outcome<SignedIn> signIn(String domainName, String loginName, String password, String code) {
        Optional<User> user = store.read(tx -> tx.domains().find(domainName).flatMap(domain -> tx.users()
                .find(domain.id(), localIdentity(loginName))));
        Optional<Credential> credential =
                user.flatMap(known -> store.read(tx -> tx.credentials().find(known.id())));
        String hash = credential.map(Credential::passwordHash).orElse(nobodysHash);
        boolean isPassword = PasswordHash.matches(password, hash);
        if (!isPassword || user.isEmpty() || credential.isEmpty()) {
            return new Outcome.Unauthenticated<>();
        }
        return store.write(tx -> checkCode(tx, user.get(), hash, code));
    }

    /**
     * The first half of {@link #signIn}, for those who prove the second by a passkey: the session is good for that alone. All failures
     * look the same, also that somebody has none.
     */
    public Outcome<SignedIn> signInHalfway(String domainName, String loginName, String password) {
        Optional<User> user = store.read(tx -> tx.domains().find(domainName).flatMap(domain -> tx.users()
                .find(domain.id(), localIdentity(loginName))));
        Optional<Credential> credential =
                user.flatMap(known -> store.read(tx -> tx.credentials().find(known.id())));
        String hash = credential.map(Credential::passwordHash).orElse(nobodysHash);
        if (!PasswordHash.matches(password, hash) || user.isEmpty() || credential.isEmpty()) {
            return new Outcome.Unauthenticated<>();
        }
        return store.write(tx -> {
            boolean isSame = tx.users()
                            .find(user.get().domainId(), user.get().id())
                            .filter(User::isActive)
                            .isPresent()
                    && tx.credentials()
                            .find(user.get().id())
                            .filter(same -> same.passwordHash().equals(hash) && !same.closed())
                            .isPresent();
            if (!isSame || tx.passkeys().of(user.get().id()).isEmpty()) {
                return new Outcome.Unauthenticated<>();
            }
            note(tx, user.get(), true, "by password; a passkey is still needed");
            Token session = Token.create(TokenKind.SESSION, entropy);
            tx.sessions().add(user.get().id(), session, null, null, false, null);
            return new Outcome.Done<>(new SignedIn(user.get(), session));
        });
    }

    private static Identity localIdentity(String loginName) {
        return new Identity(Identity.LOCAL, loginName.isBlank() || loginName.length() > 100 ? "-" : loginName);
    }

    private Outcome<SignedIn> checkCode(Transaction tx, User checked, String hash, String code) {
        Optional<User> user = tx.users().find(checked.domainId(), checked.id()).filter(User::isActive);
        Optional<Credential> credential = tx.credentials()
                .find(checked.id())
                .filter(same -> same.passwordHash().equals(hash) && !same.closed());
        if (user.isEmpty() || credential.isEmpty()) {
            return new Outcome.Unauthenticated<>();
        }
        Optional<String> recovery = RecoveryCodes.hash(code);
        boolean isRight = recovery.isPresent()
                ? tx.recoveryCodes().use(checked.id(), recovery.get())
                : isCode(tx, checked.id(), code);
        if (!isRight) {
            tx.credentials().noteFailure(checked.id());
            note(tx, checked, false, "wrong code");
            return new Outcome.Unauthenticated<>();
        }
        String left = "by a recovery code, " + tx.recoveryCodes().left(checked.id()) + " are left";
        note(tx, checked, true, recovery.isPresent() ? left : "");
        return new Outcome.Done<>(begin(tx, user.get()));
    }

    /** Whether it is the code of a step of which none was used. */
    static boolean isCode(Transaction tx, long userId, String code) {
        byte[] seed = tx.credentials().totpSeed(userId).orElseThrow();
        OptionalLong step = Totp.matchingStep(seed, code, tx.now());
        Arrays.fill(seed, (byte) 0);
        return step.isPresent() && tx.credentials().acceptStep(userId, step.getAsLong());
    }

    /** How many recovery codes somebody with an authenticator app has left; empty for whom there are none. */
    public OptionalLong recoveryCodesLeft(Token session) {
        return store.read(tx -> Authority.read(tx, new Caller.WithSession(session))
                .map(Authority::user)
                .filter(user -> tx.credentials().find(user.id()).isPresent())
                .map(user -> OptionalLong.of(tx.recoveryCodes().left(user.id())))
                .orElseGet(OptionalLong::empty));
    }

    /**
     * Makes new recovery codes, in the place of those before, for somebody who proves that they still have their authenticator app: a
     * session that was left open is not enough.
     *
     * @return the codes, to be shown once
     */
    public Outcome<List<String>> newRecoveryCodes(Token session, String code) {
        return store.write(tx -> {
            Optional<User> found =
                    Authority.read(tx, new Caller.WithSession(session)).map(Authority::user);
            if (found.isEmpty()) {
                return new Outcome.Unauthenticated<>();
            }
            User user = found.get();
            Optional<Credential> credential = tx.credentials().find(user.id());
            if (credential.isEmpty()) {
                return new Outcome.Conflict<>("recovery codes are for those who have an authenticator app");
            }
            boolean isRight = !credential.get().closed() && isCode(tx, user.id(), code);
            tx.audit()
                    .add(
                            user.domainId(),
                            "user " + user.id() + " " + user.loginName(),
                            "make recovery codes",
                            "",
                            isRight,
                            isRight ? "" : "wrong code");
            if (!isRight) {
                tx.credentials().noteFailure(user.id());
                return new Outcome.Invalid<>("not the code of this time");
            }
            List<String> codes = RecoveryCodes.create(entropy);
            tx.recoveryCodes()
                    .replace(
                            user.id(),
                            codes.stream()
                                    .map(made -> RecoveryCodes.hash(made).orElseThrow())
                                    .toList());
            return new Outcome.Done<>(codes);
        });
    }

    private static void note(Transaction tx, User user, boolean allowed, String detail) {
        tx.audit().add(user.domainId(), "user " + user.id() + " " + user.loginName(), "sign in", "", allowed, detail);
    }

    /**
     * Somebody who is signed in, at this moment.
     *
     * @param factorFrom the provider by which they have to prove a second factor before they let a device in, or for whose users we ask
     *     for ours; null if they need not
     * @param now this moment
     */
    public record Present(
            User user, Domain domain, @Nullable IdentityProvider factorFrom, Instant now) {}

    /** Whether this session is good for nothing before a second factor of ours is proven in it. */
    public boolean isHalfway(Token session) {
        return store.read(tx -> SecondFactors.isHalfway(tx, session));
    }

    /** Who is signed in by this session; empty if it has ended or the user may do nothing any more. */
    public Optional<Present> present(Token session) {
        return store.read(tx -> Authority.read(tx, new Caller.WithSession(session))
                .flatMap(authority -> Optional.ofNullable(authority.user())
                        .map(user -> new Present(
                                user,
                                tx.domains().find(user.domainId()).orElseThrow(),
                                authority.lacksFactor() ? provider(tx, session) : null,
                                tx.now()))));
    }

    private static @Nullable IdentityProvider provider(Transaction tx, Token session) {
        return tx.sessions()
                .find(session)
                .map(Session::providerId)
                .flatMap(tx.providers()::find)
                .orElse(null);
    }

    /** Ends a session. */
    public Outcome<Boolean> signOut(Token session) {
        return store.write(tx -> tx.sessions()
                .find(session)
                .<Outcome<Boolean>>map(found -> {
                    tx.sessions().revoke(found.id());
                    return new Outcome.Done<>(true);
                })
                .orElseGet(Outcome.Unauthenticated::new));
    }
}
