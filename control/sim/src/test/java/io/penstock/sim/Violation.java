package io.penstock.sim;

/** A checker has seen what must never be. */
final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1;

    Violation(String checker, String what) {
        super(checker + ": " + what, null, false, true);
    }
}
