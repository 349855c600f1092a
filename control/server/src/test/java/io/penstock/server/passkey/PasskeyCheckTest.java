package io.penstock.server.passkey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Seeded;
import io.penstock.server.model.Passkey;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What authenticators say, right and wrong in each of its parts. */
class PasskeyCheckTest {
    private static final String ORIGIN = "https://vpn.example.org";
    private static final String HOST = "vpn.example.org";

    private final PasskeyCheck check = new PasskeyCheck(new RelyingParty(HOST, ORIGIN));
    private final SoftAuthenticator authenticator = new SoftAuthenticator(ORIGIN, HOST, 1);
    private final Seeded entropy = new Seeded(5);

    private byte[] challenge() {
        byte[] bytes = new byte[32];
        entropy.fill(bytes);
        return bytes;
    }

    private Passkey made(SoftAuthenticator by) throws RefusedPasskeyException {
        byte[] challenge = challenge();
        String answer = by.make(check.askToMake(challenge, new byte[8], "carol", "Carol", List.of()));
        Passkey.Made made = check.checkMade(answer, challenge);
        return new Passkey(
                1,
                1,
                made.credentialId(),
                made.attested(),
                "key",
                made.signCount(),
                made.transports(),
                made.userVerified(),
                made.backupEligible(),
                made.backedUp(),
                Instant.EPOCH,
                null);
    }

    private Passkey.Used prove(Passkey passkey) throws RefusedPasskeyException {
        byte[] challenge = challenge();
        return check.checkProof(authenticator.prove(check.askToProve(challenge, List.of(passkey))), challenge, passkey);
    }

    @Test
    void takesWhatIsRight() throws RefusedPasskeyException {
        authenticator.counter = 7;
        authenticator.flags = 5;
        Passkey passkey = made(authenticator);
        assertEquals(7, passkey.signCount());
        assertEquals(List.of("usb"), List.copyOf(passkey.transports()));
        assertTrue(passkey.userVerified());
        authenticator.counter = 8;
        assertEquals(8, prove(passkey).signCount());
    }

    @Test
    void touchIsEnough() throws RefusedPasskeyException {
        assertFalse(prove(made(authenticator)).userVerified());
    }

    private void refusesToMake(Consumer<SoftAuthenticator> wrong) {
        SoftAuthenticator other = new SoftAuthenticator(ORIGIN, HOST, 2);
        wrong.accept(other);
        assertThrows(RefusedPasskeyException.class, () -> made(other));
    }

    private void refusesToProve(Consumer<SoftAuthenticator> wrong) throws RefusedPasskeyException {
        Passkey passkey = made(authenticator);
        wrong.accept(authenticator);
        assertThrows(RefusedPasskeyException.class, () -> prove(passkey));
    }

    @Test
    void originOfAnotherPage() throws RefusedPasskeyException {
        refusesToMake(one -> one.origin = "https://vpn.example.org.evil.example");
        refusesToProve(one -> one.origin = "https://vpn.example.org:8443");
    }

    @Test
    void hostOfAnotherSite() throws RefusedPasskeyException {
        refusesToMake(one -> one.host = "example.org");
        refusesToProve(one -> one.host = "evil.example");
    }

    @Test
    void nobodyHasTouchedIt() throws RefusedPasskeyException {
        refusesToMake(one -> one.flags = 0);
        refusesToProve(one -> one.flags = 0);
    }

    @Test
    void signatureIsWrong() throws RefusedPasskeyException {
        refusesToProve(one -> one.signsWrong = true);
    }

    @Test
    void counterThatHasNotGrown() throws RefusedPasskeyException {
        authenticator.counter = 5;
        Passkey passkey = made(authenticator);
        for (int count : new int[] {5, 4, 0}) {
            authenticator.counter = count;
            assertThrows(RefusedPasskeyException.class, () -> prove(passkey), "a copy of it: " + count);
        }
    }

    @Test
    void challengeOfAnotherTime() throws RefusedPasskeyException {
        Passkey passkey = made(authenticator);
        String answer = authenticator.prove(check.askToProve(challenge(), List.of(passkey)));
        assertThrows(RefusedPasskeyException.class, () -> check.checkProof(answer, challenge(), passkey));
    }

    @Test
    void keyOfSomebodyElse() throws RefusedPasskeyException {
        Passkey passkey = made(new SoftAuthenticator(ORIGIN, HOST, 1));
        assertThrows(RefusedPasskeyException.class, () -> prove(passkey), "the same id, another key");
    }

    @Test
    void answerForThePurposeOfAnother() throws RefusedPasskeyException {
        Passkey passkey = made(authenticator);
        byte[] challenge = challenge();
        String asked = check.askToProve(challenge, List.of(passkey));
        assertThrows(RefusedPasskeyException.class, () -> check.checkMade(authenticator.prove(asked), challenge));
        assertThrows(
                RefusedPasskeyException.class, () -> check.checkProof(authenticator.make(asked), challenge, passkey));
    }

    @Test
    void anyOtherTextIsRefusedAndNothingElseHappens() throws RefusedPasskeyException {
        Passkey passkey = made(authenticator);
        byte[] challenge = challenge();
        String right = authenticator.prove(check.askToProve(challenge, List.of(passkey)));
        String made = authenticator.make(check.askToMake(challenge, new byte[8], "a", "b", List.of()));
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            String from = i % 2 == 0 ? right : made;
            int at = random.nextInt(from.length());
            String cut = i % 3 == 0
                    ? from.substring(0, at)
                    : from.substring(0, at) + (char) random.nextInt(127) + from.substring(at + 1);
            check.credentialOf(cut);
            try {
                check.checkProof(cut, challenge, passkey);
            } catch (RefusedPasskeyException expected) {
                assertFalse(String.valueOf(expected.getMessage()).isEmpty());
            }
            try {
                check.checkMade(cut, challenge);
            } catch (RefusedPasskeyException expected) {
                assertFalse(String.valueOf(expected.getMessage()).isEmpty());
            }
        }
        assertThrows(RefusedPasskeyException.class, () -> check.checkMade("", challenge));
        assertThrows(RefusedPasskeyException.class, () -> check.checkMade("x".repeat(20_000), challenge));
    }

    @Test
    void isForNamesAndTlsOnly() {
        assertEquals(
                Optional.of(new RelyingParty(HOST, ORIGIN)),
                RelyingParty.of(URI.create("https://vpn.example.org:443/x")));
        assertEquals(
                Optional.of(new RelyingParty("localhost", "http://localhost:8480")),
                RelyingParty.of(URI.create("http://localhost:8480")));
        for (String url : List.of("http://vpn.example.org", "https://192.0.2.1", "https://[2001:db8::1]/")) {
            assertEquals(Optional.empty(), RelyingParty.of(URI.create(url)), url);
        }
    }
}
