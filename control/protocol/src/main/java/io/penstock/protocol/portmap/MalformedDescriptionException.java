package io.penstock.protocol.portmap;

/** What a router sent is not the XML that it should be. */
public final class MalformedDescriptionException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedDescriptionException(String message, Throwable cause) {
        super(message, cause);
    }
}
