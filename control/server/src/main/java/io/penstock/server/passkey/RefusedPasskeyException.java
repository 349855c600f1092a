package io.penstock.server.passkey;

/** An authenticator's answer is not right. The message says why, for a log; nothing of it is the browser's own text. */
public final class RefusedPasskeyException extends Exception {
    private static final long serialVersionUID = 1;

    RefusedPasskeyException(String message) {
        super(message);
    }
}
