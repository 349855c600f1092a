package io.penstock.server.http.ts2021;

import java.time.Duration;

/**
 * How long and how much one machine may ask for, checked once.
 *
 * @param handshake from the upgrade to the first settings of HTTP/2
 * @param body from the first of a request to its end
 * @param silence after which a connection is asked whether it is still there; as long again, and it ends
 * @param unused silences after which a connection without a request ends
 * @param keepAliveMin a map stream that says nothing is kept alive after a time between this ...
 * @param keepAliveMax ... and this; nodes give a stream up after two minutes
 * @param connectionsPerMachine at a time; the eldest gives way
 * @param waitingPerConnection requests of a connection that wait for their turn
 */
public record Ts2021Limits(
        Duration handshake,
        Duration body,
        Duration silence,
        int unused,
        Duration keepAliveMin,
        Duration keepAliveMax,
        int connectionsPerMachine,
        int waitingPerConnection) {
    public static final Ts2021Limits DEFAULT = new Ts2021Limits(
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofSeconds(60),
            5,
            Duration.ofSeconds(50),
            Duration.ofSeconds(59),
            4,
            8);

    public Ts2021Limits {
        if (!handshake.isPositive()
                || !body.isPositive()
                || !silence.isPositive()
                || !keepAliveMin.isPositive()
                || keepAliveMax.compareTo(keepAliveMin) < 0
                || unused < 1
                || connectionsPerMachine < 1
                || waitingPerConnection < 1) {
            throw new IllegalArgumentException("a limit that lets nothing through");
        }
    }
}
