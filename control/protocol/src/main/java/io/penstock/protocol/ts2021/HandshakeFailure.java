package io.penstock.protocol.ts2021;

/** Why a handshake came to nothing. The connection is finished. */
public enum HandshakeFailure {
    /** A length other than the message's. */
    LENGTH("handshake message has the wrong length"),
    /** A type other than the expected one. */
    TYPE("unexpected handshake message"),
    /** A key that is a point of low order, with which no secret can be shared. */
    LOW_ORDER("unusable public key"),
    /** A seal that does not open: made for another key, for another version, or changed on the way. */
    NOT_AUTHENTIC("handshake message is not authentic");

    private final String text;

    HandshakeFailure(String text) {
        this.text = text;
    }

    /** For logs, and for the protocol's error message. */
    public String text() {
        return text;
    }
}
