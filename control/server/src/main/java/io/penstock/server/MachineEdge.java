package io.penstock.server;

import io.penstock.server.http.VerifyDoor;
import io.penstock.server.http.ts2021.Machines;
import io.penstock.server.http.ts2021.NoiseIdentity;
import io.penstock.server.http.ts2021.Ts2021Counters;
import io.penstock.server.http.ts2021.Ts2021Door;
import io.penstock.server.http.ts2021.Ts2021Limits;
import io.penstock.server.machine.JoinDecisions;
import io.penstock.server.machine.LoginLinks;
import io.penstock.server.machine.MachineCounters;
import io.penstock.server.machine.Pings;
import io.penstock.server.machine.Registrations;
import io.penstock.server.machine.Reports;
import io.penstock.server.map.MapSource;
import io.penstock.server.metrics.MetricSource;
import io.penstock.server.registry.NodeRegistry;
import io.penstock.server.relay.NodeAdmission;
import io.penstock.server.store.Store;
import io.penstock.wireguard.Entropy;
import java.time.InstantSource;

/** Where nodes come in: what listens to them, what answers, and what is counted. Owns the source of maps. To be closed after the listener. */
public final class MachineEdge implements AutoCloseable {
    private final Parts parts;
    private final MapSource maps;
    private final Ts2021Door door;
    private final VerifyDoor verifyDoor;
    private final MachineCounters counters;

    private MachineEdge(Parts parts, MapSource maps, Ts2021Door door, VerifyDoor verifyDoor, MachineCounters counters) {
        this.parts = parts;
        this.maps = maps;
        this.door = door;
        this.verifyDoor = verifyDoor;
        this.counters = counters;
    }

    /** Takes {@code maps}, and closes them if it fails. */
    static MachineEdge of(
            Store store,
            NodeRegistry registry,
            MapSource maps,
            Pings pings,
            LoginLinks links,
            InstantSource clock,
            Entropy entropy) {
        try (Parts parts = new Parts()) {
            parts.add(maps, MapSource::close);
            MachineCounters counters = new MachineCounters();
            NoiseIdentity identity =
                    parts.add(new NoiseIdentity(store.read(tx -> tx.secrets().noiseKey())), NoiseIdentity::close);
            JoinDecisions decisions = parts.add(new JoinDecisions(store, counters), JoinDecisions::close);
            Machines machines = new Machines(
                    new Registrations(store, registry, links, counters),
                    decisions,
                    new Reports(store, registry, counters),
                    maps,
                    pings);
            Ts2021Door door = parts.add(
                    new Ts2021Door(identity, machines, Ts2021Limits.DEFAULT, clock, entropy), Ts2021Door::close);
            VerifyDoor verifyDoor = parts.add(new VerifyDoor(new NodeAdmission(store)::isMember), VerifyDoor::close);
            return new MachineEdge(parts.keep(), maps, door, verifyDoor, counters);
        }
    }

    Ts2021Door door() {
        return door;
    }

    /** Where relays that are elsewhere ask who is a node of ours. */
    VerifyDoor verifyDoor() {
        return verifyDoor;
    }

    /** What happened on the connections. */
    public Ts2021Counters connectionCounters() {
        return door.counters();
    }

    /** What the maps cost. */
    public MetricSource mapCounters() {
        return maps;
    }

    /** What was cut of what nodes said. */
    public MachineCounters counters() {
        return counters;
    }

    @Override
    public void close() {
        parts.close();
    }
}
