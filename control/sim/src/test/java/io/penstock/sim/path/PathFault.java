package io.penstock.sim.path;

/** What goes wrong in a run of paths; each kind has to happen so often in a hundred runs, or the whole is worth nothing. */
enum PathFault {
    NAT_RESTART(40),
    PUBLIC_ADDRESS_CHANGE(40),
    ADDRESS_CHANGE(40),
    ROAM(40),
    NODE_RESTART(30),
    NODE_RESTART_OTHER_KEY(20),
    RELAY_DEATH(40),
    RELAY_FREEZE(40),
    COORDINATOR_AWAY(40),
    PARTITION(40),
    ONE_WAY_CUT(40),
    UDP_BLOCKED(40),
    UPLINK_CUT(40),
    LOSS(40),
    DISORDER(40),
    SLOWER(40),
    MTU_HOLE(30),
    FLOW_PAUSE(60);

    final int floorPerHundredRuns;

    PathFault(int floorPerHundredRuns) {
        this.floorPerHundredRuns = floorPerHundredRuns;
    }
}
