package io.penstock.sim;

import static io.penstock.wireguard.Protocol.MAC_LENGTH;

import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.wire.CookieReply;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A datagram that a node has really sent: what tells authentic ones from all others. */
final class Message {
    final int type;
    final Node sender;
    final PublicKey senderKey;

    /** Whom it is for; null for a cookie reply. */
    final @Nullable Node receiver;

    final byte[] bytes;
    final long sentNs;

    /** Counts all messages of the world. */
    final long number;

    /** Of an initiation: whether its sender had lost its timestamps before. */
    boolean isAfterLostStamps;

    /** Of a response: the initiation it answers, and the pre-shared key it was made with. */
    @Nullable Message answers;

    byte[] presharedKey = {};

    /** Of a data message: whether its receiver has accepted it. */
    boolean wasAccepted;

    Message(Node sender, @Nullable Node receiver, byte[] bytes, long sentNs, long number) {
        this.type = bytes[0];
        this.sender = sender;
        this.senderKey = sender.publicKey();
        this.receiver = receiver;
        this.bytes = bytes;
        this.sentNs = sentNs;
        this.number = number;
    }

    /**
     * Whether these bytes are still this message as far as its protocol promises. Of a handshake message anybody may change
     * the indices, with mac1 made anew, and mac2; nothing that is sealed covers them.
     */
    boolean isStill(byte[] changed) {
        if (Arrays.equals(changed, bytes)) {
            return true;
        }
        boolean isHandshake = type == Initiation.TYPE || type == Response.TYPE;
        if (!isHandshake || changed.length != bytes.length || receiver == null) {
            return false;
        }
        int sealed = type == Initiation.TYPE ? 8 : 12;
        int mac1 = Attacker.mac1Offset(bytes);
        byte[] good = changed.clone();
        Attacker.putMac1(good, receiver);
        return Arrays.equals(changed, 0, 4, bytes, 0, 4)
                && Arrays.equals(changed, sealed, mac1, bytes, sealed, mac1)
                && Arrays.equals(changed, mac1, mac1 + MAC_LENGTH, good, mac1, mac1 + MAC_LENGTH);
    }

    /** Whether this is a handshake message with a mac2. */
    boolean hasCookie() {
        if (type != Initiation.TYPE && type != Response.TYPE) {
            return false;
        }
        for (int i = bytes.length - MAC_LENGTH; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        String name =
                switch (type) {
                    case Initiation.TYPE -> "initiation";
                    case Response.TYPE -> "response";
                    case CookieReply.TYPE -> "cookie reply";
                    case Data.TYPE -> bytes.length == Data.MIN_LENGTH ? "keepalive" : "data";
                    default -> "type " + type;
                };
        return name + " " + number + " of node " + sender.id;
    }
}
