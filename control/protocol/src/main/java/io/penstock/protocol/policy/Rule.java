package io.penstock.protocol.policy;

import io.penstock.protocol.hujson.Location;
import io.penstock.protocol.json.RawJson;
import io.penstock.protocol.message.PortRange;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * One entry of {@code acls} or {@code grants}. Selectors are numbers in the policy's table.
 *
 * @param sources any of them
 * @param destinations selectors of all targets
 * @param targets for an entry of {@code acls} each destination with its ports; for a grant each with all of its ports
 * @param capabilities what a grant gives to applications, by name
 */
record Rule(
        Location location,
        BitSet sources,
        BitSet destinations,
        List<Target> targets,
        Map<String, List<RawJson>> capabilities) {
    /**
     * A destination with what may be opened there.
     *
     * @param protocols numbers of IP; empty for TCP, UDP and ICMP of both families
     */
    record Target(int selector, List<Integer> protocols, List<PortRange> ports) {}
}
