package io.penstock.engine.uapi;

/** Where the bytes of replies go: the socket, or a test's array. Called on the session's thread. */
@FunctionalInterface
public interface ReplySink {
    /**
     * Takes all the bytes before it returns; the caller overwrites them afterwards.
     *
     * @return false when the reader is gone, which ends the session
     */
    boolean write(byte[] bytes, int offset, int length);
}
