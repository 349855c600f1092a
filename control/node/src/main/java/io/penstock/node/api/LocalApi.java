package io.penstock.node.api;

import java.nio.file.Path;

/** Where the local API is, and how much either side reads. */
public final class LocalApi {
    /** Where the daemon listens unless it is told otherwise. */
    public static final Path DEFAULT_SOCKET = Path.of("/run/penstock/penstock.sock");

    /** Longest request, with its line feed. */
    public static final int MAX_REQUEST_BYTES = 64 * 1024;

    /** Longest answer, with its line feed: the status of a few ten thousand peers. */
    public static final int MAX_ANSWER_BYTES = 32 * 1024 * 1024;

    private LocalApi() {}
}
