package io.penstock.transport;

import java.io.IOException;

/** The connection was not upgraded. The message is fit for a log: what the other side said is printable in it. */
public final class UpgradeException extends IOException {
    private static final long serialVersionUID = 1;

    UpgradeException(String message) {
        super(message);
    }
}
