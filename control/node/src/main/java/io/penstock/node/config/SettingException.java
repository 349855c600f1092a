package io.penstock.node.config;

/** A value that a setting cannot have. The message says which it can, and does not name the setting. */
public final class SettingException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    SettingException(String reason) {
        super(reason, null, false, false);
        this.reason = reason;
    }

    /** The message. */
    public String reason() {
        return reason;
    }
}
