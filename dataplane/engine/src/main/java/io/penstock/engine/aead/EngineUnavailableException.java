package io.penstock.engine.aead;

/** The engine cannot be used on this machine; the message says why in words for an operator. */
public final class EngineUnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    public EngineUnavailableException(String message) {
        super(message);
    }
}
