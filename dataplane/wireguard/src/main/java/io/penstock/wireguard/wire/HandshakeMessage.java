package io.penstock.wireguard.wire;

import org.agrona.concurrent.UnsafeBuffer;

/** What initiations and responses share: a sender index, and two MACs at the end. Whitepaper section 5.4.4. */
public sealed interface HandshakeMessage permits Initiation, Response {
    /** The bytes of the whole message; a view that is valid until the next wrap. */
    UnsafeBuffer buffer();

    /** Index that the sender chose for this handshake. */
    int senderIndex();

    /** Where mac1 begins; it covers everything before it. */
    int mac1Offset();

    /** Where mac2 begins; it covers everything before it, mac1 included. */
    int mac2Offset();
}
