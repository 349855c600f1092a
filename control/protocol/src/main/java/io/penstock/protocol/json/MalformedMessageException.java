package io.penstock.protocol.json;

/**
 * Bytes from the other side that are not the message they should be. Ends the request that brought them. Its message may be
 * logged and sent back: it says where and what kind of error, and never repeats what was read, which may hold keys.
 */
public final class MalformedMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    public MalformedMessageException(String message) {
        super(message);
    }
}
