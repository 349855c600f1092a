package io.penstock.engine.filter;

import java.util.List;

/** Ports and protocols that a rule opens at one of its destinations. */
record Grant(int firstPort, int lastPort, List<Integer> protocols) {
    boolean isAllPorts() {
        return firstPort == 0 && lastPort == PacketRule.MAX_PORT;
    }
}
