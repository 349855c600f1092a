package io.penstock.protocol.ts2021;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.X25519;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The coordinator's side of the handshake: opens one initiation, which tells the node's version and machine key, and makes
 * the response. For one connection. Noise specification section 7.5, pattern IK.
 */
public final class ServerHandshake {
    /** Bytes of an initiation. */
    public static final int INITIATION_LENGTH = 101;

    /** Bytes of a response. */
    public static final int RESPONSE_LENGTH = 51;

    static final byte TYPE_INITIATION = 1;
    static final byte TYPE_RESPONSE = 2;
    static final byte TYPE_ERROR = 3;
    static final byte TYPE_RECORD = 4;
    static final int INITIATION_PAYLOAD_LENGTH = 96;

    private static final int RESPONSE_PAYLOAD_LENGTH = 48;
    private static final int SEALED_KEY_LENGTH = PublicKey.LENGTH + RecordSealer.TAG_LENGTH;
    private static final byte[] NO_BYTES = {};

    /** What an initiation turned out to be. */
    public sealed interface Outcome {
        /**
         * It is authentic: whoever made it has this machine key. It may still be a replay, which nobody can continue.
         *
         * @param version the node's capability version, for the coordinator to admit or not
         */
        record Opened(int version, MachineKey machine) implements Outcome {}

        /** It is no good; the object is finished. */
        record Failed(HandshakeFailure failure) implements Outcome {}
    }

    /**
     * The second message, and what it makes possible.
     *
     * @param message 51 bytes to be sent before any record
     */
    public record Response(ByteBuffer message, SessionKeys keys) {}

    private final X25519 x25519;
    private final PrivateKey coordinator;
    private final MachineKey coordinatorPublic;
    private final byte[] shared = new byte[PublicKey.LENGTH];
    private SymmetricState symmetric;
    private PublicKey remoteEphemeral = MachineKey.ZERO.value();
    private PublicKey remoteStatic = MachineKey.ZERO.value();
    private boolean opened;

    /**
     * For one connection.
     *
     * @param coordinator stays the caller's
     * @param coordinatorPublic the public key that belongs to it, so that it is not computed for each connection
     */
    public ServerHandshake(X25519 x25519, PrivateKey coordinator, MachineKey coordinatorPublic) {
        this.x25519 = x25519;
        this.coordinator = coordinator;
        this.coordinatorPublic = coordinatorPublic;
        symmetric = new SymmetricState(0, coordinatorPublic.value());
    }

    /** Opens the node's first message. */
    public Outcome consumeInitiation(byte[] initiation) {
        if (initiation.length != INITIATION_LENGTH) {
            return fail(HandshakeFailure.LENGTH);
        }
        ByteBuffer in = ByteBuffer.wrap(initiation);
        int version = Short.toUnsignedInt(in.getShort());
        if (in.get() != TYPE_INITIATION) {
            return fail(HandshakeFailure.TYPE);
        }
        if (in.getShort() != INITIATION_PAYLOAD_LENGTH) {
            return fail(HandshakeFailure.LENGTH);
        }
        byte[] ephemeral = take(in, PublicKey.LENGTH);
        symmetric = new SymmetricState(version, coordinatorPublic.value());
        symmetric.mixHash(ephemeral);
        remoteEphemeral = PublicKey.of(ephemeral);
        if (!coordinator.agree(x25519, remoteEphemeral, shared)) {
            return fail(HandshakeFailure.LOW_ORDER);
        }
        symmetric.mixKey(shared);
        byte[] machine = new byte[PublicKey.LENGTH];
        if (!symmetric.openAndMix(take(in, SEALED_KEY_LENGTH), machine)) {
            return fail(HandshakeFailure.NOT_AUTHENTIC);
        }
        remoteStatic = PublicKey.of(machine);
        if (!coordinator.agree(x25519, remoteStatic, shared)) {
            return fail(HandshakeFailure.LOW_ORDER);
        }
        symmetric.mixKey(shared);
        if (!symmetric.openAndMix(take(in, RecordSealer.TAG_LENGTH), NO_BYTES)) {
            return fail(HandshakeFailure.NOT_AUTHENTIC);
        }
        opened = true;
        return new Outcome.Opened(version, new MachineKey(remoteStatic));
    }

    /**
     * Makes the response to the initiation that was opened, once.
     *
     * @throws IllegalStateException if none was opened, or a response was made before
     */
    public Response respond(Entropy entropy) {
        if (!opened) {
            throw new IllegalStateException("no initiation to respond to");
        }
        opened = false;
        PrivateKey ephemeral = PrivateKey.generate(entropy);
        byte[] ephemeralPublic = ephemeral.publicKey(x25519).toBytes();
        symmetric.mixHash(ephemeralPublic);
        // Both were used in an agreement that was not zero, so they are no points of low order.
        boolean agreed = mixAgreement(ephemeral, remoteEphemeral) && mixAgreement(ephemeral, remoteStatic);
        assert agreed;
        byte[] sealedNothing = symmetric.sealAndMix(NO_BYTES);
        SessionKeys keys = symmetric.split(false);
        ephemeral.wipe();
        Arrays.fill(shared, (byte) 0);
        ByteBuffer message = ByteBuffer.allocate(RESPONSE_LENGTH)
                .put(TYPE_RESPONSE)
                .putShort((short) RESPONSE_PAYLOAD_LENGTH)
                .put(ephemeralPublic)
                .put(sealedNothing)
                .flip();
        return new Response(message, keys);
    }

    private boolean mixAgreement(PrivateKey own, PublicKey other) {
        boolean agreed = own.agree(x25519, other, shared);
        symmetric.mixKey(shared);
        return agreed;
    }

    private Outcome fail(HandshakeFailure failure) {
        symmetric.wipe();
        Arrays.fill(shared, (byte) 0);
        return new Outcome.Failed(failure);
    }

    private static byte[] take(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }
}
