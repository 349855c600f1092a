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
    void browserWithoutScriptGetsToTheProviderAndIsToldWhatIsWrong(LoginWorld world) throws Exception {
        world.needProvider();
        Tab tab = world.chromium.tab().withoutScript();
        tab.open(world.url() + "/login").pressText("Sign in with Corp").awaitElement("#username");

        tab.open(world.url() + "/login").type("[name=login_name]", "nobody");
        tab.type("[name=password]", "wrong").type("[name=code]", "123456").pressText("Sign in");
        tab.awaitText("Not right: the name, the domain, the password, or the code");
    }

    /** By axe on a large and a small screen, dark and light; nothing is wider than the screen. */
    private static void look(Tab tab, String name) {
        tab.awaitElement("h1");
        for (boolean dark : new boolean[] {false, true}) {
            for (boolean small : new boolean[] {false, true}) {
                tab.prefer(dark);
                tab.resize(small ? 360 : 1000, small ? 640 : 900);
                String picture = "page-" + name + (dark ? "-dark" : "-light") + (small ? "-phone" : "");
                tab.picture(picture);
                assertEquals("", Axe.faults(tab), picture);
                assertEquals("0", tab.tell("document.scripts.length"), picture);
                assertEquals(
                        "true",
                        tab.tell("document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
                        picture);
            }
        }
    }
}
