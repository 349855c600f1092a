package io.penstock.cli.live.login;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.browser.Tab;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Keycloak asks for a second factor where the coordinator demands one, and says so. Drawn in {@link LoginWorld}. */
@Tag("live")
@ExtendWith(LoginWorld.Resolver.class)
class StepUpTest {
    private static final String SEED_OF_BOB = "JBSWY3DPEHPK3PXPAAAA";
    private static final String SEED_OF_ERIN = "KVKFKRCPNZQUYMLXBBBB";

    @Test
    void nobodyIsInWithoutWhereItIsDemandedAlways(LoginWorld world) throws Exception {
        String[] always = {"--admit", "everybody", "--label", "Strict", "--second-factor", "always"};
        world.addProvider("strict", with(always, "--acr", "mfa", "--amr", "otp"));

        Tab bob = world.signIn(world.url() + "/login", "Strict", "bob");
        bob.awaitElement("#otp").picture("step-up-otp");
        bob.type("#otp", code(SEED_OF_BOB)).press("#kc-login");
        bob.awaitText("You are signed in");

        Tab alice = world.signIn(world.url() + "/login", "Strict", "alice");
        alice.awaitText("Mobile Authenticator Setup").picture("step-up-enrol");
        assertTrue(alice.url().startsWith(Keycloak.URL), "no code is issued: " + alice.url());
        alice.open(world.url() + "/").awaitText("Sign in with Strict");
    }

    @Test
    void newDeviceNeedsTheFactorThatSigningInDidNot(LoginWorld world) throws Exception {
        String[] devices = {"--admit", "everybody", "--label", "Devices", "--second-factor", "new-devices"};
        world.addProvider("devices", with(devices, "--acr", "mfa", "--amr", "otp"));
        Device tablet = world.device("tablet");
        Device.Joining joining = tablet.join(world.url());

        Tab tab = world.signIn(joining.link(), "Devices", "erin");
        tab.awaitText("prove that it is you").picture("step-up-device");
        assertFalse(tab.text().contains("Let it in\n"), "there is nothing to press yet");
        tab.pressText("Go on with a second factor").awaitElement("#otp, #password");
        if (tab.has("#password")) { // it may ask for both again
            if (tab.has("#username")) {
                tab.type("#username", "erin");
            }
            tab.type("#password", "erin-password").press("#kc-login");
        }
        tab.type("#otp", code(SEED_OF_ERIN)).press("#kc-login");
        tab.pressText("Let it in").awaitText("The device is in");
        assertTrue(joining.end(0).contains("up: tablet"));
    }

    static String[] with(String[] some, String... more) {
        String[] all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    /** As an authenticator app computes it, RFC 6238; Keycloak takes a seed's characters for its bytes. */
    private static String code(String seed) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(seed.getBytes(StandardCharsets.US_ASCII), "RAW"));
        long step = Instant.now().getEpochSecond() / 30;
        byte[] hash = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
        int truncated = ByteBuffer.wrap(hash).getInt(hash[hash.length - 1] & 0xf) & 0x7fff_ffff;
        return String.format(Locale.ROOT, "%06d", truncated % 1_000_000);
    }
}
