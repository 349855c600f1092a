package io.penstock.node.daemon;

import io.penstock.node.api.Request;

/** Whoever does what callers ask for. */
@FunctionalInterface
interface Requests {
    /** Does it, from any thread, and returns at once; the answers come later. The caller may do it. */
    void ask(Request request, Replies replies);
}
