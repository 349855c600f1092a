package io.penstock.server.saml;

import org.jspecify.annotations.Nullable;

/** A document that is not believed, or not understood. The message is for operators and the audit log. */
public final class SamlException extends Exception {
    private static final long serialVersionUID = 1;

    /** What is wrong, as far as somebody goes on differently because of it. */
    public enum Fault {
        /** It is not as it has to be. */
        FORGED,
        /** No key that is known has made its signature: perhaps a new one has. */
        UNKNOWN_KEY,
        /** The provider says that it did not sign somebody in. */
        NOT_SIGNED_IN
    }

    private final Fault fault;

    SamlException(String message) {
        this(Fault.FORGED, message, null);
    }

    SamlException(String message, Throwable cause) {
        this(Fault.FORGED, message, cause);
    }

    SamlException(Fault fault, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.fault = fault;
    }

    public Fault fault() {
        return fault;
    }
}
