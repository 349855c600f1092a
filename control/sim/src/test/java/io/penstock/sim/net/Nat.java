package io.penstock.sim.net;

import io.penstock.sim.Dice;
import io.penstock.sim.Timeline;
import io.penstock.wireguard.Endpoint;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A network address translator of any of the kinds that RFC 4787 has words for. */
public final class Nat {
    private static final int FIRST_PORT = 1024;
    private static final int LAST_PORT = 65_535;
    private static final Endpoint ANY = Endpoint.v4(0, 0);

    private record Key(Endpoint inside, Endpoint remote) {}

    private final class Mapping {
        final Key key;
        final int port;
        final Map<Endpoint, Long> permissions = new HashMap<>(); // when last sent to
        long lastNs;

        Mapping(Key key, int port) {
            this.key = key;
            this.port = port;
        }

        boolean isAlive() {
            return timeline.nowNs() - lastNs < kind.lifetimeNs();
        }
    }

    private final Timeline timeline;
    private final Dice dice;
    private final NatKind kind;
    private final Map<Key, Mapping> byKey = new HashMap<>();
    private final Map<Integer, Mapping> byPort = new HashMap<>();
    private int nextPort;

    public Nat(Timeline timeline, Dice dice, NatKind kind) {
        this.timeline = timeline;
        this.dice = dice;
        this.kind = kind;
        nextPort = (int) dice.between(FIRST_PORT, LAST_PORT);
    }

    public NatKind kind() {
        return kind;
    }

    private static Endpoint part(NatKind.Depends depends, Endpoint remote) {
        return switch (depends) {
            case NOTHING -> ANY;
            case ADDRESS -> Addresses.of(remote);
            case ADDRESS_AND_PORT -> remote.withoutLocal();
        };
    }

    /** The outer port from which a datagram goes on. */
    int out(Endpoint inside, Endpoint remote) {
        Key key = new Key(inside, part(kind.mapping(), remote));
        Mapping mapping = byKey.get(key);
        if (mapping == null || !mapping.isAlive()) {
            if (mapping != null) {
                remove(mapping);
            }
            mapping = new Mapping(key, choosePort(inside.port()));
            byKey.put(key, mapping);
            byPort.put(mapping.port, mapping);
        }
        mapping.lastNs = timeline.nowNs();
        mapping.permissions.put(part(kind.filtering(), remote), timeline.nowNs());
        return mapping.port;
    }

    private void remove(Mapping mapping) {
        byKey.remove(mapping.key);
        byPort.remove(mapping.port);
    }

    private int choosePort(int insidePort) {
        int port =
                switch (kind.ports()) {
                    case PRESERVED -> insidePort;
                    case ASCENDING -> next(nextPort);
                    case RANDOM -> (int) dice.between(FIRST_PORT, LAST_PORT);
                };
        while (isTaken(port)) {
            port = next(port);
        }
        nextPort = port;
        return port;
    }

    private static int next(int port) {
        return port >= LAST_PORT ? FIRST_PORT : port + 1;
    }

    private boolean isTaken(int port) {
        Mapping mapping = byPort.get(port);
        if (mapping != null && !mapping.isAlive()) {
            remove(mapping);
            return false;
        }
        return mapping != null;
    }

    /** The inner endpoint to which a datagram from outside goes, or null if it goes nowhere. */
    @Nullable Endpoint in(int port, Endpoint remote) {
        Mapping mapping = byPort.get(port);
        if (mapping == null || !mapping.isAlive()) {
            return null;
        }
        Endpoint permission = part(kind.filtering(), remote);
        if (kind.filtering() != NatKind.Depends.NOTHING) {
            Long last = mapping.permissions.get(permission);
            if (last == null || timeline.nowNs() - last >= kind.lifetimeNs()) {
                return null;
            }
            if (kind.inboundRefreshes()) {
                mapping.permissions.put(permission, timeline.nowNs());
            }
        }
        if (kind.inboundRefreshes()) {
            mapping.lastNs = timeline.nowNs();
        }
        return mapping.key.inside();
    }

    /** It was restarted. */
    public void forget() {
        byKey.clear();
        byPort.clear();
    }
}
