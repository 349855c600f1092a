package io.penstock.server;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.server.machine.Pings;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Host;
import io.penstock.server.model.Owner;
import io.penstock.server.store.NodeTable;
import io.penstock.server.store.StateFolder;
import io.penstock.server.store.Store;
import io.penstock.server.store.Transaction;
import io.penstock.wireguard.route.Prefix;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;

/** Keys, domains and nodes for tests. */
public final class Samples {
    public static final URI PUBLIC_URL = URI.create("http://coordinator.example:8480");

    private Samples() {}

    public static Store store(Path parent, TestClock clock) {
        return Store.open(StateFolder.open(parent.resolve("state")), clock, new Seeded(1));
    }

    /** Pings that reach nobody. */
    public static Pings noPings() {
        return new Pings(PUBLIC_URL, (node, ping) -> false, new Seeded(4));
    }

    public static MachineKey machine(int number) {
        return MachineKey.of(key(1, number));
    }

    public static NodeKey nodeKey(int number) {
        return NodeKey.of(key(2, number));
    }

    private static byte[] key(int kind, int number) {
        return ByteBuffer.allocate(32).putInt(kind).putInt(28, number).array();
    }

    public static Domain domain(Transaction tx, String name) {
        return domain(tx, name, "100.64.0.0/10");
    }

    public static Domain domain(Transaction tx, String name, String v4) {
        return tx.domains().add(name, name + ".example", Prefix.parse(v4), Domain.DEFAULT_V6, Duration.ofDays(180));
    }

    /** A machine with the key of the same number. */
    public static NodeTable.Joining joining(Owner owner, int number, String name) {
        return new NodeTable.Joining(
                owner, null, machine(number), nodeKey(number), name, new Host(name, "{}", 131), false, null);
    }
}
