package io.penstock.wireguard;

import org.jspecify.annotations.Nullable;

/**
 * There is no secret memory left for a key. Whoever asked has changed nothing by then: a configuration is refused, a
 * handshake is dropped and counted, and everything that has its keys goes on.
 */
public final class SecretMemoryExhaustedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public SecretMemoryExhaustedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
