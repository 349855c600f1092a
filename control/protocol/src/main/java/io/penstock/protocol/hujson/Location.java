package io.penstock.protocol.hujson;

/**
 * A place in a file.
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
