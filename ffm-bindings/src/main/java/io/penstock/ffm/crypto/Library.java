package io.penstock.ffm.crypto;

/** A library of this machine: usable, or not and why. */
public sealed interface Library<T> {
    record Present<T>(T library) implements Library<T> {}

    /** Not usable; {@code reason} is one line for a log. */
    record Absent<T>(String reason) implements Library<T> {}

    default boolean isPresent() {
        return this instanceof Present<T>;
    }
}
