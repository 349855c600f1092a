package io.penstock.sim;

/** A checker has seen what must never be. */
public final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1;

    public Violation(String checker, String what) {
        super(checker + ": " + what, null, false, true);
    }
}
