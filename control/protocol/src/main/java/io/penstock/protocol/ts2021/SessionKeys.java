package io.penstock.protocol.ts2021;

import java.util.Arrays;

/** What a finished handshake leaves: a cipher for each direction. Belongs to one connection. */
public final class SessionKeys {
    private final byte[] sendKey;
    private final byte[] receiveKey;
    private final byte[] handshakeHash;

    SessionKeys(byte[] sendKey, byte[] receiveKey, byte[] handshakeHash) {
        this.sendKey = sendKey;
        this.receiveKey = receiveKey;
        this.handshakeHash = handshakeHash;
    }

    /** The sealer of our direction. To be called once: two would use every nonce twice. */
    public RecordSealer sealer() {
        return new RecordSealer(take(sendKey));
    }

    /** The opener of the other side's direction. To be called once. */
    public RecordOpener opener() {
        return new RecordOpener(take(receiveKey));
    }

    /** Names this session, the same on both sides and never seen again; no secret. 32 bytes. */
    public byte[] handshakeHash() {
        return handshakeHash.clone();
    }

    private static byte[] take(byte[] key) {
        byte[] taken = key.clone();
        int seen = 0;
        for (byte b : key) {
            seen |= b;
        }
        if (seen == 0) {
            throw new IllegalStateException("this key was taken before");
        }
        Arrays.fill(key, (byte) 0);
        return taken;
    }
}
