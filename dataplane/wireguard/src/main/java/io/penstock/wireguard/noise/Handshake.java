package io.penstock.wireguard.noise;

import static io.penstock.wireguard.Protocol.INITIATION_INTERVAL_NS;
import static io.penstock.wireguard.Protocol.KEY_LENGTH;

import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The one handshake slot of a peer. Its secrets live in secret memory; messages are computed on copies and committed at the
 * end, so a bad one never disturbs a handshake in progress. Owned by the control agent. Whitepaper section 5.4.
 */
public final class Handshake {
    /** How far the handshake has come; each side passes through two of the four. */
    public enum State {
        ZEROED,
        INITIATION_CREATED,
        INITIATION_CONSUMED,
        RESPONSE_CREATED,
        RESPONSE_CONSUMED
    }

    // Layout of the secret region.
    private static final int SYMMETRIC_OFFSET = 0;
    private static final int EPHEMERAL_OFFSET = SYMMETRIC_OFFSET + SymmetricState.STORED_LENGTH;
    private static final int STATIC_STATIC_OFFSET = EPHEMERAL_OFFSET + KEY_LENGTH;
    private static final int PRESHARED_OFFSET = STATIC_STATIC_OFFSET + KEY_LENGTH;
    private static final int REGION_LENGTH = PRESHARED_OFFSET + KEY_LENGTH;

    private final Noise noise;
    private PublicKey remoteStatic;
    private byte[] remoteStaticBytes;
    private final byte[] remoteEphemeral = new byte[KEY_LENGTH];
    private final UnsafeBuffer secrets;

    private State state = State.ZEROED;
    private @Nullable StaticIdentity identity;
    private boolean hasStaticStatic;
    private int localIndex;
    private int remoteIndex;
    private @Nullable Tai64n lastSent;
    private @Nullable Tai64n lastAccepted;
    private long lastAcceptedNs;

    /** A zeroed slot for the peer with this key, without identity and pre-shared key. */
    public Handshake(Noise noise, PublicKey remoteStatic) {
        this.noise = noise;
        this.remoteStatic = remoteStatic;
        remoteStaticBytes = remoteStatic.toBytes();
        secrets = noise.memory.allocate(REGION_LENGTH);
    }

    public State state() {
        return state;
    }

    public PublicKey remoteStatic() {
        return remoteStatic;
    }

    /** Index that we chose for this handshake; meaningful in all states but Zeroed and InitiationConsumed. */
    public int localIndex() {
        return localIndex;
    }

    /** Index that the peer chose for this handshake; meaningful in all states but Zeroed and InitiationCreated. */
    public int remoteIndex() {
        return remoteIndex;
    }

    /** The peer has another static key: whatever was agreed on with the one before is cleared, the pre-shared key stays. */
    public void remoteStatic(PublicKey successor) {
        remoteStatic = successor;
        remoteStaticBytes = successor.toBytes();
        lastAccepted = null;
        identity(identity);
    }

    public @Nullable StaticIdentity identity() {
        return identity;
    }

    /** Takes the device's static key, or none. Clears the handshake and computes the static-static secret. */
    public void identity(@Nullable StaticIdentity newIdentity) {
        clear();
        identity = newIdentity;
        hasStaticStatic = newIdentity != null && newIdentity.agree(remoteStaticBytes, noise.shared);
        if (hasStaticStatic) {
            secrets.putBytes(STATIC_STATIC_OFFSET, noise.shared);
        } else {
            Noise.wipe(secrets, STATIC_STATIC_OFFSET, KEY_LENGTH);
        }
        noise.wipe();
    }

    /** Whether handshakes are possible: there is an identity, and the peer's key is not a point of low order. */
    public boolean isUsable() {
        return hasStaticStatic;
    }

    /** Copies in the pre-shared key, 32 bytes; all zero is the same as none. The caller wipes its own. */
    public void presharedKey(byte[] key) {
        if (key.length != KEY_LENGTH) {
            throw new IllegalArgumentException("a pre-shared key has 32 bytes, not " + key.length);
        }
        secrets.putBytes(PRESHARED_OFFSET, key);
    }

    /** Copies out the pre-shared key, 32 bytes, all zero for none; the caller wipes the copy. */
    public void copyPresharedKey(byte[] destination) {
        secrets.getBytes(PRESHARED_OFFSET, destination, 0, KEY_LENGTH);
    }

    /**
     * Writes a new initiation, all but its MACs, and forgets what the slot held before. The state is InitiationCreated then.
     *
     * @param index fresh random index of the device's table
     * @return false, with nothing changed, if this peer cannot handshake ({@link #isUsable})
     */
    public boolean createInitiation(Initiation message, int index, TimestampSource timestamps, long nowNs) {
        StaticIdentity own = identity;
        if (own == null || !hasStaticStatic) {
            return false;
        }
        SymmetricState symmetric = noise.state;
        symmetric.start(remoteStatic);
        noise.generateEphemeral();
        symmetric.mixEphemeral(noise.publicKey);
        if (!noise.x25519.agree(noise.privateKey, remoteStaticBytes, noise.shared)) {
            noise.wipe();
            return false;
        }
        message.clear().senderIndex(index).putEphemeral(noise.publicKey);
        symmetric.mixSecret(noise.shared);
        symmetric.sealAndMix(own.publicKey().toBytes(), noise.sealedStatic);
        message.putSealedStatic(noise.sealedStatic);
        mixStaticStatic(symmetric);
        lastSent = timestamps.next(lastSent, nowNs);
        lastSent.write(noise.timestamp, 0);
        symmetric.sealAndMix(noise.timestamp, noise.sealedTimestamp);
        message.putSealedTimestamp(noise.sealedTimestamp);

        symmetric.store(secrets, SYMMETRIC_OFFSET);
        secrets.putBytes(EPHEMERAL_OFFSET, noise.privateKey);
        localIndex = index;
        state = State.INITIATION_CREATED;
        noise.wipe();
        return true;
    }

    /**
     * Writes the response to the initiation consumed before, all but its MACs. The state is ResponseCreated then.
     *
     * @param index fresh random index of the device's table
     * @return false if the peer's keys do not allow one; the handshake is cleared then
     * @throws IllegalStateException unless the state is InitiationConsumed
     */
    public boolean createResponse(Response message, int index) {
        require(State.INITIATION_CONSUMED);
        SymmetricState symmetric = noise.state;
        symmetric.load(secrets, SYMMETRIC_OFFSET);
        noise.generateEphemeral();
        symmetric.mixEphemeral(noise.publicKey);
        boolean contributory = noise.mixAgreement(remoteEphemeral) && noise.mixAgreement(remoteStaticBytes);
        if (!contributory) {
            noise.wipe();
            clear();
            return false;
        }
        mixPresharedKey(symmetric);
        symmetric.sealAndMix(noise.nothing, noise.sealedNothing);
        message.clear().senderIndex(index).receiverIndex(remoteIndex);
        message.putEphemeral(noise.publicKey);
        message.putSealedNothing(noise.sealedNothing);

        symmetric.store(secrets, SYMMETRIC_OFFSET);
        localIndex = index;
        state = State.RESPONSE_CREATED;
        noise.wipe();
        return true;
    }

    /**
     * Reads the response to our initiation. Returns null if it is good, and the state is ResponseConsumed then; else why it
     * is dropped, and nothing has changed. mac1 has been checked before.
     */
    public @Nullable DropReason consumeResponse(Response message) {
        StaticIdentity own = identity;
        if (own == null || state != State.INITIATION_CREATED || message.receiverIndex() != localIndex) {
            return DropReason.RESPONSE_UNEXPECTED;
        }
        SymmetricState symmetric = noise.state;
        symmetric.load(secrets, SYMMETRIC_OFFSET);
        message.getEphemeral(noise.publicKey);
        message.getSealedNothing(noise.sealedNothing);
        symmetric.mixEphemeral(noise.publicKey);
        secrets.getBytes(EPHEMERAL_OFFSET, noise.privateKey);
        boolean authentic = noise.mixAgreement(noise.publicKey);
        if (authentic) {
            own.copyPrivateKey(noise.privateKey);
            authentic = noise.mixAgreement(noise.publicKey);
        }
        if (authentic) {
            mixPresharedKey(symmetric);
            authentic = symmetric.openAndMix(noise.sealedNothing, noise.nothing);
        }
        if (authentic) {
            symmetric.store(secrets, SYMMETRIC_OFFSET);
            Noise.wipe(secrets, EPHEMERAL_OFFSET, KEY_LENGTH);
            remoteIndex = message.senderIndex();
            state = State.RESPONSE_CONSUMED;
        }
        noise.wipe();
        return authentic ? null : DropReason.RESPONSE_INVALID;
    }

    /**
     * Writes the transport keys, 32 bytes each, and clears the handshake. Read indices and state before.
     *
     * @throws IllegalStateException unless the state is ResponseCreated or ResponseConsumed
     */
    public void deriveTransportKeys(UnsafeBuffer sendKey, UnsafeBuffer receiveKey) {
        boolean initiator = state == State.RESPONSE_CONSUMED;
        if (!initiator) {
            require(State.RESPONSE_CREATED);
        }
        noise.state.load(secrets, SYMMETRIC_OFFSET);
        noise.state.split(initiator ? sendKey : receiveKey, initiator ? receiveKey : sendKey);
        noise.wipe();
        clear();
    }

    /** Wipes the handshake. The pre-shared key, the static-static secret and what was learnt of timestamps stay. */
    public void clear() {
        Noise.wipe(secrets, SYMMETRIC_OFFSET, STATIC_STATIC_OFFSET);
        Arrays.fill(remoteEphemeral, (byte) 0);
        localIndex = 0;
        remoteIndex = 0;
        state = State.ZEROED;
    }

    /** Wipes everything and gives the memory back; the object must not be used again. */
    public void release() {
        clear();
        identity = null;
        hasStaticStatic = false;
        noise.memory.release(secrets);
    }

    /** Mixes the static-static secret in; false if there is none. */
    boolean mixStaticStatic(SymmetricState symmetric) {
        if (!hasStaticStatic) {
            return false;
        }
        secrets.getBytes(STATIC_STATIC_OFFSET, noise.shared);
        symmetric.mixSecret(noise.shared);
        return true;
    }

    /** Commits an authentic initiation, unless it is a replay or follows the last one too soon. */
    @Nullable DropReason acceptInitiation(
            SymmetricState symmetric, byte[] ephemeral, int senderIndex, Tai64n timestamp, long nowNs) {
        if (lastAccepted != null) {
            if (!timestamp.isAfter(lastAccepted)) {
                return DropReason.INITIATION_TIMESTAMP_OLD;
            }
            if (nowNs - lastAcceptedNs <= INITIATION_INTERVAL_NS) {
                return DropReason.INITIATION_TOO_SOON;
            }
        }
        clear();
        lastAccepted = timestamp;
        lastAcceptedNs = nowNs;
        symmetric.store(secrets, SYMMETRIC_OFFSET);
        System.arraycopy(ephemeral, 0, remoteEphemeral, 0, KEY_LENGTH);
        remoteIndex = senderIndex;
        state = State.INITIATION_CONSUMED;
        return null;
    }

    private void mixPresharedKey(SymmetricState symmetric) {
        copyPresharedKey(noise.shared);
        symmetric.mixPresharedKey(noise.shared);
    }

    private void require(State expected) {
        if (state != expected) {
            throw new IllegalStateException(state + ", not " + expected);
        }
    }
}
