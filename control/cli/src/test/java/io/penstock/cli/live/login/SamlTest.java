package io.penstock.cli.live.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.browser.Tab;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Keycloak by SAML 2.0. Where the browser runs no script, Keycloak's page waits with its answer in a form for somebody to press on: there
 * the answer is looked at, and changed. Drawn in {@link LoginWorld}.
 */
@Tag("live")
@ExtendWith(LoginWorld.Resolver.class)
class SamlTest {
    private static final String ANSWER = "document.querySelector('input[name=SAMLResponse]').value";
    private static final String RELAY_STATE = "document.querySelector('input[name=RelayState]').value";

    private static void needProvider(LoginWorld world) {
        if (world.coordinator.need("providers", "list").contains("saml")) {
            return;
        }
        world.coordinator.need(
                "providers",
                "add",
                "saml",
                "--kind",
                "saml",
                "--label",
                "Saml",
                "--metadata",
                Keycloak.ISSUER + "/protocol/saml/descriptor",
                "--issuer",
                Keycloak.ISSUER,
                "--allow-private-address",
                "--admit",
                "everybody",
                "--mail-field",
                "mail",
                "--groups-claim",
                "groups");
        assertTrue(world.coordinator.need("providers", "test", "saml").contains("answers"));
    }

    @Test
    void personLetsTheirDeviceIn(LoginWorld world) throws Exception {
        needProvider(world);
        Device desktop = world.device("desktop");
        Device.Joining joining = desktop.join(world.url());

        Tab tab = world.signIn(joining.link(), "Saml", "grace");
        tab.awaitText("Let this device in?").picture("saml-confirm");
        assertTrue(tab.text().contains("desktop"), tab.text());
        tab.pressText("Let it in").awaitText("The device is in");

        String up = joining.end(0);
        assertTrue(up.contains("up: desktop"), up);
        assertEquals(0, desktop.run("status", "--check", "ready").status());
        String users = world.coordinator.need("users", "list", "--json");
        assertTrue(users.contains("grace@example.test") && users.contains("group:eng"), users);
    }

    @Test
    void forgedAndReplayedAnswersAreRefused(LoginWorld world) {
        needProvider(world);
        Tab tab = world.chromium.tab().withoutScript();
        tab.open(world.url() + "/login").pressText("Sign in with Saml");
        tab.type("#username", "heidi").type("#password", "heidi-password").press("#kc-login");
        tab.awaitElement("input[name=SAMLResponse]");
        String answer = tab.tell(ANSWER);
        String relayState = tab.tell(RELAY_STATE);
        String document = new String(Base64.getDecoder().decode(answer), StandardCharsets.UTF_8);
        assertTrue(document.contains("heidi@example.test"), document);

        String forged = document.replace("heidi@example.test", "grace@example.test");
        send(tab, forged.getBytes(StandardCharsets.UTF_8), relayState);
        tab.awaitText("its answer is not to be believed").picture("saml-forged");
        String audit = world.coordinator.need("audit", "--json");
        assertTrue(audit.contains("by none of the provider's keys, or not of this text"), audit);

        // Keycloak knows her, and answers a new request at once.
        tab.pressText("Sign in with Saml").awaitElement("input[name=SAMLResponse]");
        String second = tab.tell(ANSWER);
        String secondState = tab.tell(RELAY_STATE);
        send(tab, Base64.getDecoder().decode(answer), secondState);
        tab.awaitText("its answer is not to be believed"); // it answers another request
        assertFalse(world.coordinator.need("users", "list").contains("heidi@example.test"));

        tab.pressText("Sign in with Saml").awaitElement("input[name=SAMLResponse]");
        String third = tab.tell(ANSWER);
        String thirdState = tab.tell(RELAY_STATE);
        press(tab);
        tab.awaitText("You are heidi@example.test, member of the domain default")
                .picture("saml");
        tab.pressText("Sign out").awaitText("Sign in with Saml");

        tab.pressText("Sign in with Saml").awaitElement("input[name=SAMLResponse]");
        send(tab, Base64.getDecoder().decode(third), thirdState);
        tab.awaitText("or it has come back before").picture("saml-replayed");
        assertFalse(second.equals(third) || secondState.equals(thirdState));
    }

    /** As somebody would who holds an answer in hand. */
    private static void send(Tab tab, byte[] document, String relayState) {
        tab.tell(ANSWER + " = '" + Base64.getEncoder().encodeToString(document) + "'");
        tab.tell(RELAY_STATE + " = '" + relayState + "'");
        press(tab);
    }

    private static void press(Tab tab) {
        tab.press("input[type=submit], button[type=submit]");
    }
}
