package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.SignIn;
import io.penstock.server.http.PageRequest.Initiator;
import io.penstock.server.login.OidcLogin;
import io.penstock.server.login.Providers;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Host;
import io.penstock.server.model.Identity;
import io.penstock.server.model.IpAddress;
import io.penstock.server.model.JoinPolicy;
import io.penstock.server.model.RegistrationRequest;
import io.penstock.server.model.Role;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.registry.NodeRegistry;
import io.penstock.server.registry.Registration;
import io.penstock.server.store.Store;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Pages over a store of their own, without a listener. */
final class PagesFixture implements AutoCloseable {
    static final String PASSWORD = "correct horse battery";
    static final URI PUBLIC_URL = URI.create("http://192.168.1.10:8480");

    private static final AtomicReference<@Nullable String> HASH_OF_PASSWORD = new AtomicReference<>();

    final TestClock clock = new TestClock();
    final Seeded entropy = new Seeded(9);
    final Store store;
    final Administration administration;
    final NodeRegistry registry;
    final Providers providers;
    final OidcLogin login;
    final WebPages pages;
    private final boolean isSecure;

    PagesFixture(Path parent) {
        this(parent, PUBLIC_URL);
    }

    PagesFixture(Path parent, URI publicUrl) {
        store = Samples.store(parent, clock);
        providers = new Providers(clock);
        administration = new Administration(store, (text, users, nodes) -> Optional.empty(), providers, entropy);
        registry = new NodeRegistry(store, inForce -> JoinPolicy.CLOSED, entropy);
        login = new OidcLogin(store, providers, administration, publicUrl, clock, entropy);
        isSecure = publicUrl.getScheme().equals("https");
        pages = new WebPages(administration, registry, login, publicUrl, entropy);
    }

    Browser browser() {
        return new Browser(pages);
    }

    /** The link of the first start. */
    Token firstLink() {
        return administration.signIn().firstStart().orElseThrow();
    }

    /** An administrator of the first domain with {@link #PASSWORD}; their seed. To hash it once is enough for all tests. */
    String administrator(String name) {
        String hash = HASH_OF_PASSWORD.get();
        if (hash == null) {
            return firstAdministrator(name);
        }
        User user = member("default", name, Role.OWNER);
        byte[] seed = new byte[20];
        entropy.fill(seed);
        store.write(tx -> {
            tx.credentials().set(user.id(), hash, seed);
            return null;
        });
        return Codes.base32(seed);
    }

    private String firstAdministrator(String name) {
        Token link = firstLink();
        String seed = ((Outcome.Done<String>) administration.signIn().proposeSeed(link)).value();
        Outcome<SignIn.SignedIn> accepted =
                administration.signIn().acceptLink(link, name, PASSWORD, seed, Codes.at(seed, clock.instant()));
        User user = ((Outcome.Done<SignIn.SignedIn>) accepted).value().user();
        HASH_OF_PASSWORD.set(
                store.read(tx -> tx.credentials().find(user.id()).orElseThrow().passwordHash()));
        clock.advance(Codes.STEP);
        return seed;
    }

    /** A link by which somebody comes into the first domain. */
    Token invitation(Role role) {
        Token link = Token.create(TokenKind.LINK, entropy);
        store.write(
                tx -> tx.links().add(tx.domains().find("default").orElseThrow().id(), link, role, false));
        return link;
    }

    /** Somebody in a domain, who has no password; to be used with {@link #browserOf}. */
    User member(String domain, String name, Role role) {
        return store.write(tx -> {
            Domain in = tx.domains().find(domain).orElseGet(() -> Samples.domain(tx, domain));
            return tx.users().add(in.id(), new Identity(Identity.LOCAL, name), name, name, role, false);
        });
    }

    /** A browser with a session of this user, without the time that a password takes. */
    Browser browserOf(User user) {
        Token session = Token.create(TokenKind.SESSION, entropy);
        store.write(tx -> tx.sessions().add(user.id(), session));
        Browser browser = browser();
        browser.isSecure = isSecure;
        browser.cookies.put((isSecure ? "__Host-" : "") + "penstock-session", session.reveal());
        return browser;
    }

    static Map<String, String> credentials(String domain, String name, String password, String code) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("login_name", name);
        fields.put("domain", domain);
        fields.put("password", password);
        fields.put("code", code);
        return fields;
    }

    /** A device that asks, with a name of its own; the secret of its link. */
    Token device(int machine, String hostName) {
        return device(machine, new Host(hostName, "{\"OS\":\"linux\",\"Distro\":\"debian\"}", 131), Tags.NONE);
    }

    Token device(int machine, Host host, Tags wanted) {
        return device(machine, machine, host, wanted);
    }

    Token device(int machine, int nodeKey, Host host, Tags wanted) {
        Registration answer = registry.register(new RegistrationRequest(
                Samples.machine(machine),
                Samples.nodeKey(nodeKey),
                host,
                wanted,
                false,
                null,
                null,
                null,
                IpAddress.parse("203.0.113.9")));
        return assertInstanceOf(Registration.LoginNeeded.class, answer).link();
    }

    /** By a page of ours, as today's browsers say it. */
    static Initiator own() {
        return new Initiator("192.168.1.10:8480", "http://192.168.1.10:8480", "same-origin");
    }

    @Override
    public void close() {
        providers.close();
        store.close();
    }
}
