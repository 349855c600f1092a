package io.penstock.server.store;

/**
 * The store cannot go on with a request: the disk is full, the file is damaged, the folder is open to others. What was not
 * acknowledged has not happened. The message is meant for the operator and names the remedy where there is one.
 */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StoreException(String message) {
        super(message);
    }

    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
