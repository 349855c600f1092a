package io.penstock.lab.speed;

import java.io.IOException;

/** A test that could not be done; the message is for the user and says what to look at. */
public final class SpeedException extends IOException {
    private static final long serialVersionUID = 1L;

    public SpeedException(String message) {
        super(message);
    }

    public SpeedException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
