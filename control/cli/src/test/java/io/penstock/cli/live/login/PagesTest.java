package io.penstock.cli.live.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.browser.Axe;
import io.penstock.cli.live.browser.Tab;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What people see: for everybody, on a phone, dark and light, small, and without a script. Drawn in {@link LoginWorld}. */
@Tag("live")
@ExtendWith(LoginWorld.Resolver.class)
class PagesTest {
    private static final int MAX_BYTES = 100 * 1024;
    private static final Pattern SETUP = Pattern.compile("http\\S+/setup/\\S+");

    @Test
    void pagesAreForEverybody(LoginWorld world) throws Exception {
        world.needProvider();
        Tab tab = world.chromium.tab();

        look(tab.open(world.url() + "/login"), "login");
        String weight =
                tab.tell("performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))"
                        + ".reduce((sum, e) => sum + e.decodedBodySize, 0)");
        assertTrue(Long.parseLong(weight) > 1000 && Long.parseLong(weight) <= MAX_BYTES, weight + " bytes");
        System.out.println("the first page with its style sheet has " + weight + " bytes");

        Matcher link = SETUP.matcher(world.coordinator.text());
        assertTrue(link.find(), world.coordinator.text());
        look(tab.open(link.group()), "setup");
        look(tab.open(world.url() + "/login/from/corp?state=x&code=y"), "stale");
    }

    @Test
    void pagesOfAnAdministratorAreForEverybody(LoginWorld world) throws Exception {
        Tab tab = world.administrator("boss");

        Device gateway = world.device("gateway");
        Device.Joining joining = gateway.join(world.url());
        tab.open(joining.link()).awaitText("Let this device in?");
        look(tab, "confirm");
        tab.pressText("Let it in").awaitText("The device is in");
        joining.end(0);
        tab.open(world.url() + "/").awaitText("gateway");
        look(tab, "home");
        tab.pressText("Machines").awaitText("machine");
        look(tab, "machines");
        tab.pressText("gateway").awaitText("Put it out");
        tab.type("#name", "waterworks").pressText("Rename").awaitText("waterworks");
        look(tab, "machine");
        tab.pressText("Users").awaitText("Make a link");
        look(tab, "users");
        tab.pressText("boss").awaitText("Change the role");
        look(tab, "user");
        tab.pressText("Keys").awaitText("Make a key");
        tab.type("#new-tags", "tag:router").pressText("Make a key").awaitText("A new key");
        tab.pressText("Back to the keys").awaitText("tag:router");
        look(tab, "keys");
        tab.pressText("Policy").awaitText("Put it into force");
        tab.type("#text", "{ nonsense").pressText("Check it").awaitElement(".alert");
        tab.type("#text", "{}").pressText("Check it").awaitText("its tests pass");
        look(tab, "policy");
        tab.pressText("Security").awaitText("authenticator app");
        look(tab, "security");
        tab.open(world.url() + "/").pressText("waterworks").awaitText("Put it out");
        tab.press("#out-sure-1").pressText("Remove it").awaitText("Machines");
        assertTrue(world.coordinator.need("nodes", "list").lines().noneMatch(line -> line.contains("waterworks")));
    }

    @Test
    void browserWithoutScriptGetsToTheProviderAndIsToldWhatIsWrong(LoginWorld world) throws Exception {
        world.needProvider();
        Tab tab = world.chromium.tab().withoutScript();
        tab.open(world.url() + "/login").pressText("Sign in with Corp").awaitElement("#username");

        tab.open(world.url() + "/login").type("[name=login_name]", "nobody");
        tab.type("[name=password]", "wrong").type("[name=code]", "123456").pressText("Sign in");
        tab.awaitText("Not right: the name, the domain, the password, or the code");
    }

    /** By axe on a large and a small screen, dark and light; nothing is wider than the screen. */
    static void look(Tab tab, String name) {
        look(tab, name, 0);
    }

    /** @param scripts how many the page has, which is none but for passkeys */
    static void look(Tab tab, String name, int scripts) {
        tab.awaitElement("h1");
        for (boolean dark : new boolean[] {false, true}) {
            for (boolean small : new boolean[] {false, true}) {
                tab.prefer(dark);
                tab.resize(small ? 360 : 1000, small ? 640 : 900);
                String picture = "page-" + name + (dark ? "-dark" : "-light") + (small ? "-phone" : "");
                tab.picture(picture);
                assertEquals("", Axe.faults(tab), picture);
                assertEquals(Integer.toString(scripts), tab.tell("document.scripts.length"), picture);
                assertEquals(
                        "true",
                        tab.tell("document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
                        picture);
            }
        }
    }
}
