package io.penstock.protocol.policy;

/** Something about a policy file that its author should know. */
public record Finding(Location location, String message) {
    @Override
    public String toString() {
        return location + ": " + message;
    }
}
