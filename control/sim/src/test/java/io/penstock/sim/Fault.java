package io.penstock.sim;

/**
 * What goes wrong in a run. Every occurrence is counted, and over many runs each kind must have happened at least as often
 * as it says here: a fault that silently stopped happening would make the whole worthless.
 */
enum Fault {
    LOSS(2050),
    DUPLICATION(700),
    REORDERING(22200),
    REORDERING_BY_THOUSANDS(9250),
    JITTER(34800),
    LONG_DELAY(150),
    PARTITION(23350),
    BIT_FLIP(150),
    TRUNCATION(100),
    EXTENSION(150),
    SPLICE(100),
    REDIRECTED_SOURCE(150),
    LOST_BURST(100),
    COUNTER_NEAR_LIMIT(50),
    CLOCK_FORWARD(100),
    CLOCK_BACK(100),
    RESTART_STAMPS_KEPT(150),
    RESTART_STAMPS_LOST(80),
    DOWN_AND_UP(100),
    ROAM_ADDRESS(200),
    ROAM_PORT(200),
    UNDER_LOAD(1150),
    COOKIE_DEMANDED(650),
    COOKIE_USED(100),
    PRESHARED_KEY_CHANGE(250),
    PRIVATE_KEY_CHANGE(100),
    KEEPALIVE_ON(60),
    KEEPALIVE_OFF(60),
    IDLE_PAST_REKEY(4),
    IDLE_PAST_REJECT(40),
    IDLE_PAST_ZEROING(5),
    SPOOFED_INNER_SOURCE(250),
    REPLAY_FROM_SOURCE(2000),
    REPLAY_FROM_OTHER_PORT(1950),
    REPLAY_FROM_STRANGER(2000),
    REPLAY_AT_WINDOW_EDGE(70),
    LATE_AT_WINDOW_EDGE(70),
    REPLAYED_COOKIE(450),
    ALTERED_HANDSHAKE(200),
    BUNCHED_INITIATION(100),
    REFLECTION(850),
    FORGED_DATA(850),
    FORGED_HANDSHAKE(1500),
    FORGED_COOKIE_REPLY(750),
    STRANGER_HANDSHAKE(10),
    SIMULTANEOUS_START(6),
    LONELY_PACKET(7);

    /** How often at least in a hundred runs. */
    final int floorPerHundredRuns;

    Fault(int floorPerHundredRuns) {
        this.floorPerHundredRuns = floorPerHundredRuns;
    }
}
