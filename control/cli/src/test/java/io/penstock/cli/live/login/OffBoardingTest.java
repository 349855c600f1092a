package io.penstock.cli.live.login;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.browser.Tab;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Keycloak disables somebody. Drawn in {@link LoginWorld}. */
@Tag("live")
@ExtendWith(LoginWorld.Resolver.class)
class OffBoardingTest {
    private static final Duration SOON = Duration.ofSeconds(120);

    @Test
    void whomTheProviderDisablesIsCutOffAndComesBackByIt(LoginWorld world) throws Exception {
        world.needProvider();
        Device phone = world.device("phone");
        Device.Joining joining = phone.join(world.url());
        Tab tab = world.signIn(joining.link(), "carol");
        tab.pressText("Let it in").awaitText("The device is in");
        joining.end(0);

        world.keycloak.enable("carol", false);
        Await.until("carol is put out", SOON, () -> world.coordinator
                .need("users", "list")
                .lines()
                .anyMatch(line -> line.contains("carol@") && line.contains("disabled")));
        String audit = world.coordinator.need("audit", "--json");
        assertTrue(audit.contains("the provider vouches no longer: invalid_grant"), audit);
        tab.open(world.url() + "/").awaitText("Sign in").picture("off-boarded");
        Await.until(
                "the phone is out",
                SOON,
                () -> phone.run("status", "--check", "ready").status() != 0);

        world.keycloak.enable("carol", true);
        Tab again = world.signIn(world.url() + "/login", "carol");
        again.awaitText("You are signed in");
        assertTrue(world.coordinator
                .need("users", "list")
                .lines()
                .anyMatch(line -> line.contains("carol@") && line.contains("active")));
    }
}
