package io.penstock.cli.live.login;

import io.penstock.cli.live.CoordinatorProgram;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.browser.Chromium;
import io.penstock.cli.live.browser.Tab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Where people are who sign in: one Keycloak, one coordinator and one browser for all tests of a run, since to start them takes longer than
 * the tests. Each test has its own people and its own provider of the coordinator.
 *
 * <pre>
 *   site "login"                                          sites of the devices
 *   Keycloak 127.0.0.1:8080
 *   coordinator, Chromium 172.31.0.254 ── switch ──── 172.31.0.1 ...
 * </pre>
 */
final class LoginWorld implements AutoCloseable {
    private static final String NETWORK = "172.31.0.";
    private static final String COORDINATOR = NETWORK + "254:8480";
    private static final String SWITCH = "switch";

    final Site site;
    final Keycloak keycloak;
    final CoordinatorProgram coordinator;
    final Chromium chromium;
    private final Path folder;
    private final List<Device> devices = new ArrayList<>();

    private LoginWorld() throws IOException, InterruptedException {
        folder = Files.createTempDirectory("penstock-login");
        site = Site.make("login");
        site.ip("link add " + SWITCH + " type bridge");
        site.ip("addr add " + NETWORK + "254/24 dev " + SWITCH);
        site.ip("link set " + SWITCH + " up");
        keycloak = Keycloak.startIn(site);
        try {
            coordinator = CoordinatorProgram.startIn(site, folder.resolve("coordinator"), COORDINATOR);
            chromium = Chromium.startIn(site);
            keycloak.awaitReady();
        } catch (IOException | RuntimeException | Error e) {
            keycloak.close();
            site.close();
            throw e;
        }
    }

    /** Makes it for the first test that wants it, and ends it after the last. */
    static final class Resolver implements ParameterResolver {
        private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(LoginWorld.class);

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == LoginWorld.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot().getStore(NAMESPACE).computeIfAbsent(LoginWorld.class, unused -> make());
        }

        private static LoginWorld make() {
            try {
                return new LoginWorld();
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    String url() {
        return coordinator.url();
    }

    /** A file with that in it, for the administrator. */
    Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    /** A browser of somebody who has become an administrator with a password, and is signed in. */
    Tab administrator(String name) {
        String secret = coordinator.need("users", "link", "--role", "admin").strip();
        Tab tab = chromium.tab().open(url() + "/setup/" + secret).awaitElement(".seed");
        AuthenticatorApp app = new AuthenticatorApp(tab.tell("document.querySelector('.seed').textContent"));
        tab.type("#login_name", name).type("#password", "four words are enough");
        tab.type("#password_again", "four words are enough").type("#code", app.code());
        return tab.pressText("Set it up").awaitText("You are signed in");
    }

    /** Another coordinator beside ours. */
    CoordinatorProgram coordinator(String name, String listen, String... options) throws IOException {
        return CoordinatorProgram.startIn(site, folder.resolve("coordinator-" + name), listen, options);
    }

    /** Adds Keycloak to the coordinator. */
    void addProvider(String name, String... more) throws IOException {
        addProvider(coordinator, name, more);
    }

    void addProvider(CoordinatorProgram coordinator, String name, String... more) throws IOException {
        List<String> words = new ArrayList<>(List.of("providers", "add", name, "--issuer", Keycloak.ISSUER));
        words.addAll(List.of("--client-id", Keycloak.CLIENT));
        words.addAll(List.of("--client-secret", "file:" + file("secret", Keycloak.SECRET)));
        words.addAll(List.of("--allow-private-address"));
        words.addAll(List.of(more));
        coordinator.need(words.toArray(String[]::new));
    }

    /** Keycloak as "corp", which lets everybody in and is asked for each of them every ten seconds. */
    void needProvider() throws IOException {
        if (!coordinator.need("providers", "list").contains("corp")) {
            String[] open = {"--label", "Corp", "--admit", "everybody", "--groups-claim", "groups", "--refresh", "10s"};
            addProvider("corp", open);
        }
    }

    /** Somebody who opens a page of ours, and signs in at "corp" for it by their password; in a browser of their own. */
    Tab signIn(String page, String person) {
        return signIn(page, "Corp", person);
    }

    /** @param label of the provider */
    Tab signIn(String page, String label, String person) {
        Tab tab = chromium.tab().open(page).pressText("Sign in with " + label);
        return tab.type("#username", person)
                .type("#password", person + "-password")
                .press("#kc-login");
    }

    /** A machine that is plugged in, not joined yet. */
    Device device(String name) throws IOException {
        Device device = new Device(plugIn(name, devices.size() + 1), name, folder.resolve(name));
        devices.add(device);
        return device;
    }

    /** A site of its own, with the {@code number}th address. */
    Site plugIn(String name, int number) {
        Site other = Site.make(name);
        site.ip("link add to-" + name + " type veth peer name outside netns " + other.name());
        site.ip("link set to-" + name + " master " + SWITCH + " up");
        other.ip("addr add " + NETWORK + number + "/24 dev outside");
        other.ip("link set outside up");
        other.ip("route add default via " + NETWORK + "254");
        return other;
    }

    @Override
    public void close() throws IOException {
        devices.forEach(Device::close);
        chromium.close();
        coordinator.close();
        keycloak.close();
        site.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
