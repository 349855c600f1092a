package io.penstock.protocol.policy;

import io.penstock.protocol.hujson.Location;
import java.util.List;

/**
 * One entry of {@code tests}: what a source has to reach, and what it must not.
 *
 * @param source selector in the policy's table
 */
record PolicyTest(Location location, int source, int protocol, List<Expectation> accept, List<Expectation> deny) {
    /** A destination with one port, and how the file wrote it. */
    record Expectation(Location location, String text, int selector, int port) {}
}
