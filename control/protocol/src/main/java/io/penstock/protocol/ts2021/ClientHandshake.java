package io.penstock.protocol.ts2021;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.X25519;
import java.nio.ByteBuffer;

/**
 * The node's side of the handshake: made with everything it needs, it holds the initiation at once, and then reads what the
 * coordinator answers. For one connection. Noise specification section 7.5, pattern IK.
 */
public final class ClientHandshake {
    /** Longest text of an error message that is kept. */
    public static final int MAX_ERROR_LENGTH = 512;

    private static final int HEADER_LENGTH = 3;
    private static final int RESPONSE_LENGTH = 51;
    private static final byte[] NO_BYTES = {};

    /** What became of the bytes so far. */
    public sealed interface Outcome {
        /** The message is not complete. The end of the stream before the first byte means: the version was refused. */
        record NeedsMore() implements Outcome {}

        /** The coordinator has the key that we expected; bytes behind its response were left. */
        record Established(SessionKeys keys) implements Outcome {}

        /** The coordinator said no. Anybody on the way could have written the text: a hint, of printable characters. */
        record Refused(String text) implements Outcome {}

        /** The answer is no good. */
        record Failed(HandshakeFailure failure) implements Outcome {}
    }

    private final X25519 x25519;
    private final PrivateKey machine;
    private final PrivateKey ephemeral;
    private final SymmetricState symmetric;
    private final byte[] initiation;
    private final byte[] shared = new byte[PublicKey.LENGTH];
    private final ByteBuffer answer = ByteBuffer.allocate(HEADER_LENGTH + 0xffff);

    /**
     * Makes the initiation.
     *
     * @param machine stays the caller's
     * @param coordinator the key from {@code GET /key}
     * @param version our capability version, {@link CapabilityVersion#OURS}
     * @throws IllegalArgumentException if no secret can be shared with {@code coordinator}, a point of low order
     */
    public ClientHandshake(X25519 x25519, Entropy entropy, PrivateKey machine, MachineKey coordinator, int version) {
        this.x25519 = x25519;
        this.machine = machine;
        if (version < 0 || version > 0xffff) {
            throw new IllegalArgumentException("not a version: " + version);
        }
        ephemeral = PrivateKey.generate(entropy);
        symmetric = new SymmetricState(version, coordinator.value());
        byte[] ephemeralPublic = ephemeral.publicKey(x25519).toBytes();
        symmetric.mixHash(ephemeralPublic);
        mixAgreement(ephemeral, coordinator.value());
        byte[] sealedMachine = symmetric.sealAndMix(machine.publicKey(x25519).toBytes());
        mixAgreement(machine, coordinator.value());
        byte[] sealedNothing = symmetric.sealAndMix(NO_BYTES);
        initiation = ByteBuffer.allocate(ServerHandshake.INITIATION_LENGTH)
                .putShort((short) version)
                .put(ServerHandshake.TYPE_INITIATION)
                .putShort((short) ServerHandshake.INITIATION_PAYLOAD_LENGTH)
                .put(ephemeralPublic)
                .put(sealedMachine)
                .put(sealedNothing)
                .array();
    }

    /** The first message, 101 bytes, for the header {@link Upgrade#HANDSHAKE_HEADER}. */
    public byte[] initiation() {
        return initiation.clone();
    }

    /** Takes from {@code in} what belongs to the coordinator's answer. Not to be called after any other outcome than NeedsMore. */
    public Outcome consume(ByteBuffer in) {
        take(in, HEADER_LENGTH);
        if (answer.position() < HEADER_LENGTH) {
            return new Outcome.NeedsMore();
        }
        byte type = answer.get(0);
        int length = HEADER_LENGTH + Short.toUnsignedInt(answer.getShort(1));
        if (type == ServerHandshake.TYPE_RESPONSE) {
            if (length != RESPONSE_LENGTH) {
                return fail(HandshakeFailure.LENGTH);
            }
        } else if (type != ServerHandshake.TYPE_ERROR) {
            return fail(HandshakeFailure.TYPE);
        }
        take(in, length);
        if (answer.position() < length) {
            return new Outcome.NeedsMore();
        }
        return type == ServerHandshake.TYPE_RESPONSE ? open() : refused(length);
    }

    private void take(ByteBuffer in, int upTo) {
        while (answer.position() < upTo && in.hasRemaining()) {
            answer.put(in.get());
        }
    }

    private Outcome open() {
        byte[] remoteEphemeral = new byte[PublicKey.LENGTH];
        byte[] sealedNothing = new byte[RecordSealer.TAG_LENGTH];
        answer.get(HEADER_LENGTH, remoteEphemeral);
        answer.get(HEADER_LENGTH + PublicKey.LENGTH, sealedNothing);
        PublicKey remote = PublicKey.of(remoteEphemeral);
        symmetric.mixHash(remoteEphemeral);
        if (!ephemeral.agree(x25519, remote, shared)) {
            return fail(HandshakeFailure.LOW_ORDER);
        }
        symmetric.mixKey(shared);
        if (!machine.agree(x25519, remote, shared)) {
            return fail(HandshakeFailure.LOW_ORDER);
        }
        symmetric.mixKey(shared);
        if (!symmetric.openAndMix(sealedNothing, NO_BYTES)) {
            return fail(HandshakeFailure.NOT_AUTHENTIC);
        }
        SessionKeys keys = symmetric.split(true);
        wipe();
        return new Outcome.Established(keys);
    }

    private Outcome refused(int length) {
        int end = Math.min(length, HEADER_LENGTH + MAX_ERROR_LENGTH);
        String text = new String(answer.array(), HEADER_LENGTH, end - HEADER_LENGTH, UTF_8);
        wipe();
        return new Outcome.Refused(ErrorMessage.printable(text));
    }

    private Outcome fail(HandshakeFailure failure) {
        wipe();
        return new Outcome.Failed(failure);
    }

    private void mixAgreement(PrivateKey own, PublicKey other) {
        if (!own.agree(x25519, other, shared)) {
            wipe();
            throw new IllegalArgumentException("the coordinator's key is a point of low order");
        }
        symmetric.mixKey(shared);
    }

    private void wipe() {
        ephemeral.wipe();
        symmetric.wipe();
        java.util.Arrays.fill(shared, (byte) 0);
    }
}
