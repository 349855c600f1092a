package io.penstock.wireguard.noise;

import static io.penstock.wireguard.Protocol.KEY_LENGTH;

import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.wire.Initiation;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads initiations, in two steps with the caller's look-up of the peer between them: {@link #openStatic}, then
 * {@link #consume} into that peer's handshake, or {@link #discard}. It computes on copies; a bad message changes nothing.
 * One per device, owned by the control agent. Whitepaper section 5.4.2.
 */
public final class InitiationConsumer {
    private final Noise noise;
    private final SymmetricState state = new SymmetricState();
    private final byte[] ephemeral = new byte[KEY_LENGTH];
    private final byte[] staticKey = new byte[KEY_LENGTH];
    private final byte[] sealedStatic = new byte[Initiation.SEALED_STATIC_LENGTH];
    private final byte[] sealedTimestamp = new byte[Initiation.SEALED_TIMESTAMP_LENGTH];
    private @Nullable StaticIdentity identity;
    private int senderIndex;

    public InitiationConsumer(Noise noise) {
        this.noise = noise;
    }

    /**
     * The sender's static public key, or null if the message is not for {@code identity} or not authentic. mac1 has been
     * checked before.
     */
    public @Nullable PublicKey openStatic(StaticIdentity identity, Initiation message) {
        discard();
        message.getEphemeral(ephemeral);
        message.getSealedStatic(sealedStatic);
        message.getSealedTimestamp(sealedTimestamp);
        senderIndex = message.senderIndex();
        state.start(identity.publicKey());
        state.mixEphemeral(ephemeral);
        boolean authentic = identity.agree(ephemeral, noise.shared);
        if (authentic) {
            state.mixSecret(noise.shared);
            authentic = state.openAndMix(sealedStatic, staticKey);
        }
        noise.wipe();
        if (!authentic) {
            discard();
            return null;
        }
        this.identity = identity;
        return PublicKey.of(staticKey);
    }

    /**
     * Finishes the message of the last {@link #openStatic} for the peer with that key: on success the handshake is in state
     * InitiationConsumed, whatever it was before. Returns null then, else why the message is dropped.
     *
     * @throws IllegalStateException if no opened message waits, or the handshake is another peer's or another identity's
     */
    public @Nullable DropReason consume(Handshake handshake, long nowNs) {
        if (identity == null || identity != handshake.identity() || !isKeyOf(handshake)) {
            throw new IllegalStateException("no initiation for this handshake");
        }
        try {
            if (!handshake.mixStaticStatic(state)) {
                return DropReason.INITIATION_PEER_UNUSABLE;
            }
            if (!state.openAndMix(sealedTimestamp, noise.timestamp)) {
                return DropReason.INITIATION_TIMESTAMP_INVALID;
            }
            return handshake.acceptInitiation(state, ephemeral, senderIndex, Tai64n.read(noise.timestamp, 0), nowNs);
        } finally {
            discard();
        }
    }

    /** Forgets an opened message. */
    public void discard() {
        identity = null;
        state.wipe();
        Arrays.fill(ephemeral, (byte) 0);
        Arrays.fill(staticKey, (byte) 0);
        noise.wipe();
    }

    private boolean isKeyOf(Handshake handshake) {
        return handshake.remoteStatic().equals(PublicKey.of(staticKey));
    }
}
