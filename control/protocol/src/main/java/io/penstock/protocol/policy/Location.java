package io.penstock.protocol.policy;

/**
 * A place in a policy file.
 *
 * @param line from 1
 * @param column from 1, in characters
 */
public record Location(int line, int column) {
    @Override
    public String toString() {
        return line + ":" + column;
    }
}
