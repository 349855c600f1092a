package io.penstock.cli.live.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.browser.Tab;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A device shows a link; somebody opens it, signs in at Keycloak and lets the device in. Drawn in {@link LoginWorld}. */
@Tag("live")
@ExtendWith(LoginWorld.Resolver.class)
class DeviceLoginTest {
    @Test
    void personTypesInTheCodeThatATerminalShows(LoginWorld world) throws Exception {
        world.needProvider();
        Device terminal = world.device("terminal");
        Device.Joining joining = terminal.join(world.url());
        String code = joining.code();

        Tab tab = world.signIn(world.url() + "/device", "dave");
        tab.awaitText("You are signed in").type("#user_code", "BCDF-GHJK");
        tab.pressText("Show the device").awaitText("No device waits behind this code");
        tab.type("#user_code", code.toLowerCase(Locale.ROOT).replace("-", " ")).pressText("Show the device");
        tab.awaitText("Let this device in?").picture("device-code-confirm");
        assertTrue(tab.text().contains("terminal") && tab.text().contains("172.31.0."), tab.text());
        tab.pressText("Let it in").awaitText("The device is in");
        assertTrue(joining.end(0).contains("up: terminal"));

        tab.open(world.url() + "/device").type("#user_code", code).pressText("Show the device");
        tab.awaitText("No device waits behind this code");
    }

    @Test
    void personLetsTheirDeviceIn(LoginWorld world) throws Exception {
        world.needProvider();
        Device laptop = world.device("laptop");
        Device.Joining joining = laptop.join(world.url());
        String link = joining.link();
        assertTrue(link.startsWith(world.url() + "/"), "the link is ours: " + link);

        Tab tab = world.chromium.tab().open(link);
        tab.awaitText("A device asks to join").picture("device-sign-in");
        assertFalse(tab.text().contains("laptop"), "nothing of the device for those who are not signed in");
        tab.pressText("Sign in with Corp");
        tab.awaitElement("#kc-form-login, form[action*='login-actions']").picture("device-keycloak");
        tab.type("#username", "alice").type("#password", "alice-password").press("#kc-login");
        tab.awaitText("Let this device in?").picture("device-confirm");
        String page = tab.text();
        assertTrue(page.contains("laptop") && page.contains("172.31.0."), page);
        assertFalse(joining.link().isEmpty());
        assertTrue(world.coordinator.need("nodes", "list").lines().noneMatch(line -> line.contains("laptop")));

        tab.pressText("Let it in");
        tab.awaitText("The device is in").picture("device-in");
        String up = joining.end(0);
        assertTrue(up.contains("up: laptop"), up);
        assertEquals(0, laptop.run("status", "--check", "ready").status());
        String users = world.coordinator.need("users", "list", "--json");
        assertTrue(users.contains("alice@example.test") && users.contains("group:eng"), users);

        Tab other = world.chromium.tab().open(link);
        other.awaitText("The device is in"); // the link works once: nothing is asked any more
        assertFalse(other.text().contains("laptop"));
    }
}
