package io.penstock.sim;

/**
 * What goes wrong in a run. Every occurrence is counted, and over many runs each kind must have happened at least as often
 * as it says here: a fault that silently stopped happening would make the whole worthless.
 */
enum Fault {
    LOSS(1750),
    DUPLICATION(650),
    REORDERING(19000),
    REORDERING_BY_THOUSANDS(7900),
    JITTER(36400),
    LONG_DELAY(100),
    PARTITION(20800),
    BIT_FLIP(100),
    TRUNCATION(100),
    EXTENSION(100),
    SPLICE(100),
    REDIRECTED_SOURCE(100),
    LOST_BURST(100),
    COUNTER_NEAR_LIMIT(40),
    CLOCK_FORWARD(100),
    CLOCK_BACK(100),
    RESTART_STAMPS_KEPT(150),
    RESTART_STAMPS_LOST(80),
    STALL(100),
    PEER_RELOADED(100),
    DOWN_AND_UP(100),
    ROAM_ADDRESS(200),
    ROAM_PORT(200),
    UNDER_LOAD(950),
    COOKIE_DEMANDED(500),
    COOKIE_USED(90),
    PRESHARED_KEY_CHANGE(250),
    PRIVATE_KEY_CHANGE(100),
    KEEPALIVE_ON(60),
    KEEPALIVE_OFF(60),
    IDLE_PAST_REKEY(4),
    IDLE_PAST_REJECT(40),
    IDLE_PAST_ZEROING(5),
    SPOOFED_INNER_SOURCE(250),
    REPLAY_FROM_SOURCE(1950),
    REPLAY_FROM_OTHER_PORT(1950),
    REPLAY_FROM_STRANGER(1950),
    REPLAY_AT_WINDOW_EDGE(60),
    LATE_AT_WINDOW_EDGE(60),
    REPLAYED_COOKIE(350),
    ALTERED_HANDSHAKE(200),
    BUNCHED_INITIATION(100),
    REFLECTION(800),
    FORGED_DATA(800),
    FORGED_HANDSHAKE(1500),
    FORGED_COOKIE_REPLY(750),
    STRANGER_HANDSHAKE(9),
    SIMULTANEOUS_START(7),
    LONELY_PACKET(6);

    /** How often at least in a hundred runs. */
    final int floorPerHundredRuns;

    Fault(int floorPerHundredRuns) {
        this.floorPerHundredRuns = floorPerHundredRuns;
    }
}
