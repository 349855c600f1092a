package io.penstock.cli.live.login;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.browser.Tab;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Keycloak's bare endpoints, as if it knew no OpenID Connect. Drawn in {@link LoginWorld}. */
@Tag("live")
@ExtendWith(LoginWorld.Resolver.class)
class OAuth2Test {
    @Test
    void userInfoAloneSaysWhoSomebodyIs(LoginWorld world) throws Exception {
        String at = Keycloak.ISSUER + "/protocol/openid-connect/";
        String[] bare = {"--label", "Bare", "--admit", "everybody", "--subject-field", "sub", "--name-field", "name"};
        world.addProvider(
                "bare",
                StepUpTest.with(
                        bare,
                        "--authorization-url",
                        at + "auth",
                        "--token-url",
                        at + "token",
                        "--user-info-url",
                        at + "userinfo",
                        "--scope", // without it this provider has no user info
                        "openid,email,profile"));
        assertTrue(world.coordinator.need("providers", "show", "bare").contains("oauth2"));

        Tab tab = world.signIn(world.url() + "/login", "Bare", "frank");
        tab.awaitText("You are frank@example.test, member of the domain default")
                .picture("oauth2");
    }
}
