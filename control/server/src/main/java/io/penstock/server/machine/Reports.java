package io.penstock.server.machine;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.MapRequest;
import io.penstock.server.model.Contact;
import io.penstock.server.model.Host;
import io.penstock.server.model.Node;
import io.penstock.server.registry.NodeRegistry;
import io.penstock.server.store.Store;
import io.penstock.wireguard.route.Prefix;
import java.util.Optional;
import java.util.Set;

/** Takes what nodes report of themselves while they are in. Each call is the store's work. Thread-safe. */
public final class Reports {
    private final Store store;
    private final NodeRegistry registry;
    private final Told told;

    public Reports(Store store, NodeRegistry registry, MachineCounters counters) {
        this.store = store;
        this.registry = registry;
        told = new Told(counters);
    }

    /**
     * Takes a report. Reports of one machine must come one after the other, or an older one may win.
     *
     * @param machine proved by the connection's handshake
     * @return false if no node of this machine has the report's key
     */
    public boolean take(MachineKey machine, MapRequest report) {
        Optional<Node> found = store.read(tx -> tx.nodes().find(report.nodeKey()))
                .filter(node -> node.machineKey().equals(machine));
        if (found.isEmpty()) {
            return false;
        }
        Node node = found.get();
        Hostinfo info = report.hostinfo();
        Host host = info == null ? node.host() : told.host(info, report.version());
        Contact contact = told.contact(report, node.contact());
        Set<Prefix> routes = info == null ? node.routes().advertised() : told.routes(info);
        return registry.update(machine, report.nodeKey(), contact, host, routes).isPresent();
    }
}
