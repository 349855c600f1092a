package io.penstock.server.passkey;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.webauthn4j.WebAuthnManager;
import com.webauthn4j.converter.AttestedCredentialDataConverter;
import com.webauthn4j.converter.util.ObjectConverter;
import com.webauthn4j.credential.CredentialRecord;
import com.webauthn4j.credential.CredentialRecordImpl;
import com.webauthn4j.data.AuthenticationData;
import com.webauthn4j.data.AuthenticationParameters;
import com.webauthn4j.data.AuthenticatorTransport;
import com.webauthn4j.data.PublicKeyCredentialParameters;
import com.webauthn4j.data.PublicKeyCredentialType;
import com.webauthn4j.data.RegistrationData;
import com.webauthn4j.data.RegistrationParameters;
import com.webauthn4j.data.attestation.authenticator.AttestedCredentialData;
import com.webauthn4j.data.attestation.authenticator.AuthenticatorData;
import com.webauthn4j.data.attestation.statement.COSEAlgorithmIdentifier;
import com.webauthn4j.data.attestation.statement.NoneAttestationStatement;
import com.webauthn4j.data.client.Origin;
import com.webauthn4j.data.client.challenge.DefaultChallenge;
import com.webauthn4j.server.ServerProperty;
import com.webauthn4j.verifier.attestation.statement.none.NoneAttestationStatementVerifier;
import com.webauthn4j.verifier.attestation.statement.packed.PackedAttestationStatementVerifier;
import com.webauthn4j.verifier.attestation.trustworthiness.certpath.NullCertPathTrustworthinessVerifier;
import com.webauthn4j.verifier.attestation.trustworthiness.self.DefaultSelfAttestationTrustworthinessVerifier;
import io.penstock.server.model.Passkey;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks browsers for passkeys and checks what they answer. Which make an authenticator is does not matter, so none is asked for a
 * certificate of its maker. A touch is demanded, a finger or a PIN is wished for: it is a second factor beside a password. Thread-safe.
 */
public final class PasskeyCheck {
    private static final int TIMEOUT_MS = 300_000;
    private static final int MAX_ANSWER_LENGTH = 12 << 10;
    private static final int MAX_ID_LENGTH = 1023;
    private static final Pattern WORD = Pattern.compile("[a-z-]{1,20}");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What about every authenticator can at least one of. */
    private static final List<COSEAlgorithmIdentifier> ALGORITHMS =
            List.of(COSEAlgorithmIdentifier.ES256, COSEAlgorithmIdentifier.EdDSA, COSEAlgorithmIdentifier.RS256);

    private final RelyingParty party;
    private final WebAuthnManager manager;
    private final AttestedCredentialDataConverter attested;

    public PasskeyCheck(RelyingParty party) {
        this.party = party;
        ObjectConverter converter = new ObjectConverter();
        manager = new WebAuthnManager(
                List.of(new NoneAttestationStatementVerifier(), new PackedAttestationStatementVerifier()),
                new NullCertPathTrustworthinessVerifier(),
                new DefaultSelfAttestationTrustworthinessVerifier(),
                converter);
        attested = new AttestedCredentialDataConverter(converter);
    }

    /**
     * What a browser is asked in order to make a passkey, as JSON with bytes in Base64 for URLs.
     *
     * @param userHandle says nothing of the user to those who read an authenticator
     * @param known those that they have, of which an authenticator makes no second one
     */
    public String askToMake(
            byte[] challenge, byte[] userHandle, String loginName, String displayName, Collection<Passkey> known) {
        ObjectNode options = JSON.createObjectNode();
        options.putObject("rp").put("id", party.id()).put("name", "Penstock");
        options.putObject("user")
                .put("id", text(userHandle))
                .put("name", loginName)
                .put("displayName", displayName);
        options.put("challenge", text(challenge));
        ArrayNode algorithms = options.putArray("pubKeyCredParams");
        ALGORITHMS.forEach(
                algorithm -> algorithms.addObject().put("type", "public-key").put("alg", algorithm.getValue()));
        options.put("timeout", TIMEOUT_MS).put("attestation", "none");
        options.putObject("authenticatorSelection")
                .put("residentKey", "discouraged")
                .put("userVerification", "preferred");
        credentials(options.putArray("excludeCredentials"), known);
        return options.toString();
    }

    /** What a browser is asked in order to prove that one of these passkeys is at hand. */
    public String askToProve(byte[] challenge, Collection<Passkey> known) {
        ObjectNode options = JSON.createObjectNode();
        options.put("challenge", text(challenge)).put("timeout", TIMEOUT_MS).put("rpId", party.id());
        options.put("userVerification", "preferred");
        credentials(options.putArray("allowCredentials"), known);
        return options.toString();
    }

    private static void credentials(ArrayNode into, Collection<Passkey> known) {
        for (Passkey passkey : known) {
            ObjectNode one = into.addObject().put("type", "public-key").put("id", passkey.credentialId());
            ArrayNode transports = one.putArray("transports");
            passkey.transports().stream().sorted().forEach(transports::add);
        }
    }

    /**
     * Checks what a browser says that an authenticator has made.
     *
     * @param answer as {@code PublicKeyCredential.toJSON} has it
     */
    public Passkey.Made checkMade(String answer, byte[] challenge) throws RefusedPasskeyException {
        try {
            RegistrationData data = manager.parseRegistrationResponseJSON(bounded(answer));
            List<PublicKeyCredentialParameters> asked = ALGORITHMS.stream()
                    .map(algorithm -> new PublicKeyCredentialParameters(PublicKeyCredentialType.PUBLIC_KEY, algorithm))
                    .toList();
            manager.verify(data, new RegistrationParameters(server(challenge), asked, false, true));
            AuthenticatorData<?> said =
                    present(data.getAttestationObject(), "attestation").getAuthenticatorData();
            AttestedCredentialData made = present(said.getAttestedCredentialData(), "credential");
            if (made.getCredentialId().length == 0 || made.getCredentialId().length > MAX_ID_LENGTH) {
                throw new RefusedPasskeyException("the id of the passkey has no length that one has");
            }
            Set<String> transports = data.getTransports() == null
                    ? Set.of()
                    : data.getTransports().stream()
                            .map(AuthenticatorTransport::getValue)
                            .filter(word -> WORD.matcher(word).matches())
                            .limit(10)
                            .collect(Collectors.toCollection(LinkedHashSet::new));
            return new Passkey.Made(
                    text(made.getCredentialId()),
                    Base64.getEncoder().encodeToString(attested.convert(made)),
                    said.getSignCount(),
                    transports,
                    said.isFlagUV(),
                    said.isFlagBE(),
                    said.isFlagBS());
        } catch (RuntimeException e) { // what the library throws of bytes that make no sense is not of one kind
            throw refused(e);
        }
    }

    /** Which passkey an answer is of, in Base64 for URLs; empty if it is none. */
    public Optional<String> credentialOf(String answer) {
        try {
            AuthenticationData data = manager.parseAuthenticationResponseJSON(bounded(answer));
            return Optional.ofNullable(data.getCredentialId()).map(PasskeyCheck::text);
        } catch (RefusedPasskeyException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /** Checks an answer that is of this passkey: origin, host, challenge, touch, signature, and that its counter has grown. */
    public Passkey.Used checkProof(String answer, byte[] challenge, Passkey passkey) throws RefusedPasskeyException {
        try {
            AuthenticationData data = manager.parseAuthenticationResponseJSON(bounded(answer));
            byte[] id = Base64.getUrlDecoder().decode(passkey.credentialId());
            manager.verify(
                    data, new AuthenticationParameters(server(challenge), record(passkey), List.of(id), false, true));
            AuthenticatorData<?> said = present(data.getAuthenticatorData(), "authenticator data");
            if (said.isFlagBE() != passkey.backupEligible()) {
                throw new RefusedPasskeyException(
                        "the passkey can be copied, and could not before, or the other way round");
            }
            return new Passkey.Used(said.getSignCount(), said.isFlagUV(), said.isFlagBS());
        } catch (RuntimeException e) {
            throw refused(e);
        }
    }

    private CredentialRecord record(Passkey passkey) {
        return new CredentialRecordImpl(
                new NoneAttestationStatement(),
                passkey.userVerified(),
                passkey.backupEligible(),
                passkey.backedUp(),
                passkey.signCount(),
                attested.convert(ByteBuffer.wrap(Base64.getDecoder().decode(passkey.attested()))),
                null,
                null,
                null,
                null);
    }

    private ServerProperty server(byte[] challenge) {
        return ServerProperty.builder()
                .origin(Origin.create(party.origin()))
                .rpId(party.id())
                .challenge(new DefaultChallenge(challenge))
                .build();
    }

    private static String bounded(String answer) throws RefusedPasskeyException {
        if (answer.isEmpty() || answer.length() > MAX_ANSWER_LENGTH) {
            throw new RefusedPasskeyException("the answer has no length that one has");
        }
        return answer;
    }

    private static <T> T present(@Nullable T part, String what) throws RefusedPasskeyException {
        if (part == null) {
            throw new RefusedPasskeyException("there is no " + what + " in the answer");
        }
        return part;
    }

    /** By the kind of fault alone: its text may be the browser's. */
    private static RefusedPasskeyException refused(RuntimeException fault) {
        String kind = fault.getClass().getSimpleName().replaceAll("Exception$", "");
        return new RefusedPasskeyException(
                kind.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT));
    }

    private static String text(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
