package io.penstock.cli.live.login;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.CoordinatorProgram;
import io.penstock.cli.live.browser.Tab;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A second factor of the coordinator's own for somebody whom Keycloak signs in by a password: an app, then a passkey of the browser's virtual
 * authenticator. The coordinator is one of its own, at localhost, since browsers have passkeys there and over TLS only. Drawn in
 * {@link LoginWorld}.
 */
@Tag("live")
@ExtendWith(LoginWorld.Resolver.class)
class OwnFactorTest {
    @Test
    void appThenRecoveryCodeThenPasskey(LoginWorld world) throws Exception {
        try (CoordinatorProgram coordinator =
                world.coordinator("own", "127.0.0.1:8481", "--url", "http://localhost:8481")) {
            String[] own = {"--admit", "everybody", "--label", "Own", "--second-factor", "always"};
            world.addProvider(coordinator, "own", own);
            String url = "http://localhost:8481";

            Tab tab = world.signIn(url + "/login", "Own", "dave");
            tab.awaitText("Set up a second factor");
            PagesTest.look(tab, "second-factor-set-up");
            AuthenticatorApp app = new AuthenticatorApp(tab.tell("document.querySelector('.seed').textContent"));
            tab.type("#app-code", app.code()).pressText("Set it up").awaitText("You are signed in");
            tab.open(url + "/recovery").type("#code", app.code()).pressText("Make new ones");
            tab.awaitText("I have kept them");
            String recovery = tab.tell("document.querySelector('.seed').textContent");

            again(tab, url).awaitText("Prove that it is you");
            PagesTest.look(tab, "second-factor");
            tab.type("#code-code", app.sameCode()).pressText("Go on").awaitText("Not right");
            tab.type("#code-code", recovery).pressText("Go on").awaitText("You are signed in");
            again(tab, url).type("#code-code", recovery).pressText("Go on").awaitText("Not right");
            tab.type("#code-code", app.codeInTime()).pressText("Go on").awaitText("You are signed in");

            tab.addAuthenticator();
            tab.open(url + "/second-factors").awaitText("A passkey");
            tab.pressText("Add a passkey").awaitText("A new passkey");
            PagesTest.look(tab, "passkey", 1);
            tab.type("#made-name", "blue key").press("#passkey-go").awaitText("blue key");
            PagesTest.look(tab, "second-factors");

            again(tab, url);
            tab.awaitText("Prove that it is you").pressText("Use a passkey");
            tab.awaitText("Your passkey").press("#passkey-go").awaitText("You are signed in");
            String factors = coordinator.need("users", "factors");
            assertTrue(factors.contains("blue key") && factors.contains("dave"), factors);

            coordinator.need("users", "reset-factors", "dave@example.test");
            assertFalse(coordinator.need("users", "factors").contains("blue key"));
            String audit = coordinator.need("audit", "--json");
            assertTrue(audit.contains("prove second factor") && audit.contains("reset second factors"), audit);
        }
    }

    /** Signs out here and in again; Keycloak keeps no session of its own where one may be asked about later (offline access), and asks again. */
    private static Tab again(Tab tab, String url) {
        tab.open(url + "/second-factors").pressText("Sign out").pressText("Sign in with Own");
        return tab.type("#username", "dave").type("#password", "dave-password").press("#kc-login");
    }
}
