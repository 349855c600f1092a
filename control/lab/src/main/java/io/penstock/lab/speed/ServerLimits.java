package io.penstock.lab.speed;

/**
 * What a server lets strangers use.
 *
 * @param sessions tests at the same time
 * @param streams streams of all tests together
 * @param greetings connections that have not said what they want
 * @param helloTimeoutMs how long these may take
 * @param controlTimeoutMs how long a test may stay silent before it starts
 * @param graceMs how long a test may outlive its duration
 */
public record ServerLimits(
        int sessions, int streams, int greetings, int helloTimeoutMs, int controlTimeoutMs, int graceMs) {
    public static final ServerLimits DEFAULT = new ServerLimits(8, 128, 64, 5_000, 15_000, 10_000);
}
