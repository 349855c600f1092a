package io.penstock.sim;

/**
 * What goes wrong in a run. Every occurrence is counted, and over many runs each kind must have happened at least as often
 * as it says here: a fault that silently stopped happening would make the whole worthless.
 */
enum Fault {
    LOSS(1900),
    DUPLICATION(600),
    REORDERING(19650),
    REORDERING_BY_THOUSANDS(8350),
    JITTER(7200),
    LONG_DELAY(100),
    PARTITION(27700),
    BIT_FLIP(100),
    TRUNCATION(100),
    EXTENSION(100),
    SPLICE(100),
    REDIRECTED_SOURCE(100),
    LOST_BURST(150),
    COUNTER_NEAR_LIMIT(50),
    CLOCK_FORWARD(150),
    CLOCK_BACK(150),
    RESTART_STAMPS_KEPT(200),
    RESTART_STAMPS_LOST(90),
    DOWN_AND_UP(150),
    ROAM_ADDRESS(200),
    ROAM_PORT(200),
    UNDER_LOAD(750),
    COOKIE_DEMANDED(400),
    COOKIE_USED(50),
    PRESHARED_KEY_CHANGE(300),
    PRIVATE_KEY_CHANGE(150),
    KEEPALIVE_ON(70),
    KEEPALIVE_OFF(80),
    IDLE_PAST_REKEY(3),
    IDLE_PAST_REJECT(40),
    IDLE_PAST_ZEROING(5),
    SPOOFED_INNER_SOURCE(300),
    REPLAY_FROM_SOURCE(1950),
    REPLAY_FROM_OTHER_PORT(1950),
    REPLAY_FROM_STRANGER(1950),
    REPLAY_AT_WINDOW_EDGE(90),
    REFLECTION(800),
    FORGED_DATA(850),
    FORGED_HANDSHAKE(1500),
    FORGED_COOKIE_REPLY(750),
    STRANGER_HANDSHAKE(10),
    SIMULTANEOUS_START(7),
    LONELY_PACKET(7);

    /** How often at least in a hundred runs. */
    final int floorPerHundredRuns;

    Fault(int floorPerHundredRuns) {
        this.floorPerHundredRuns = floorPerHundredRuns;
    }
}
