package io.penstock.engine.uapi;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.route.Prefix;

/**
 * One line of a set request, checked and immutable. The names follow the keys of the control socket; a line that
 * belongs to a peer speaks of the one that the last {@code public_key} chose.
 */
public sealed interface Change {
    /** The most changes in one call of {@link Configuration#apply}. */
    int BATCH = 1_000;

    /** Overwrites the key that a change carries, once it has been applied or given up. */
    default void wipe() {}

    /** The interface's own key; all zero removes it. */
    record PrivateKey(Secret key) implements Change {
        @Override
        public void wipe() {
            key.wipe();
        }
    }

    /** Another key of the same node, after which sessions live on; no line of the control socket means this. */
    record RenewedPrivateKey(Secret key) implements Change {
        @Override
        public void wipe() {
            key.wipe();
        }
    }

    /** 0 lets the system choose; takes effect at once. */
    record ListenPort(int port) implements Change {}

    /** 32 bits, unsigned; 0 is off. */
    record Fwmark(int mark) implements Change {}

    record ReplacePeers() implements Change {}

    /** Chooses the peer that the following lines speak of, and makes it when it is not there. */
    record SelectPeer(PublicKey key) implements Change {}

    /** A change of the chosen peer. */
    sealed interface OfPeer extends Change {}

    record Remove() implements OfPeer {}

    record UpdateOnly() implements OfPeer {}

    /** The peer's node has another key, and all else stays, sessions too; no line of the control socket means this. */
    record RenewKey(PublicKey successor) implements OfPeer {}

    /** All zero means none. */
    record PresharedKey(Secret key) implements OfPeer {
        @Override
        public void wipe() {
            key.wipe();
        }
    }

    record SetEndpoint(Endpoint endpoint) implements OfPeer {}

    /**
     * From here on only {@link SetEndpoint} moves the endpoint, not the peer's packets. For a peer that this block makes, and for good;
     * no line of the control socket means this.
     */
    record ManageEndpoint() implements OfPeer {}

    /** 0 is off. */
    record PersistentKeepalive(int seconds) implements OfPeer {}

    record ReplaceAllowedIps() implements OfPeer {}

    /** Adds the prefix, taking it from another peer that has it. */
    record AddAllowedIp(Prefix prefix) implements OfPeer {}

    /** Does nothing when the prefix belongs to another peer. */
    record RemoveAllowedIp(Prefix prefix) implements OfPeer {}

    /** The end of one peer's lines: the next {@code public_key}, the blank line, or the end of the stream. */
    record EndOfPeer() implements OfPeer {}
}
