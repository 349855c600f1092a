package io.penstock.protocol.hujson;

/** Something about a file that its author should know. */
public record Finding(Location location, String message) {
    @Override
    public String toString() {
        return location + ": " + message;
    }
}
