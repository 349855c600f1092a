package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;

/** Sends requests to a coordinator's API, one at a time. */
interface AdminClient {
    /**
     * One request, and its answer whatever it is.
     *
     * @param target path and query, encoded
     * @param json empty for no body
     * @throws CommandFailure if there is no answer, with the cure
     */
    Answer send(String method, String target, String json) throws CommandFailure;

    /** An answer as it came. */
    record Answer(int status, String body) {}
}
