package io.penstock.engine.lane;

import io.penstock.engine.filter.ActiveFilter;
import io.penstock.engine.io.UdpSockets;
import io.penstock.ffm.LibC;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.peer.Peer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The packet path of a tunnel: one lane for each queue of its TUN device, and the workers they share. What the control agent
 * says goes to each lane that it concerns.
 */
public final class Lanes implements AutoCloseable {
    private final List<Lane> lanes;
    private final Lane first;
    private final Workers workers;

    /** One lane, without workers. */
    public Lanes(Lane lane) {
        this(List.of(lane), Workers.NONE);
    }

    /** @param lanes the first receives for all */
    public Lanes(List<Lane> lanes, Workers workers) {
        this.lanes = List.copyOf(lanes);
        first = this.lanes.getFirst();
        this.workers = workers;
    }

    /** Starts all threads. */
    public void start(String threadNameSuffix) {
        workers.start(lanes, threadNameSuffix);
        for (int i = 0; i < lanes.size(); i++) {
            lanes.get(i).start("lane-" + i + "-" + threadNameSuffix);
        }
    }

    /** The lane that receives. */
    public Lane first() {
        return first;
    }

    /** Handshake messages that have come in. */
    public HandshakeRing handshakes() {
        return first.handshakes();
    }

    /** Packets dropped for {@code reason}. */
    public long drops(DropReason reason) {
        long sum = first.wireDrops(reason);
        for (Lane lane : lanes) {
            sum += lane.drops().count(reason);
        }
        return sum;
    }

    /** Staged packets go out on the peer's current keypair; a keepalive goes if the first lane has none. */
    public void confirm(Peer peer, LibC caller) {
        first.proxy().confirm(peer, caller);
        for (int i = 1; i < lanes.size(); i++) {
            lanes.get(i).proxy().sendStaged(peer, caller);
        }
    }

    /** Staged packets, if there are any, go out on the peer's current keypair. */
    public void sendStaged(Peer peer, LibC caller) {
        for (Lane lane : lanes) {
            lane.proxy().sendStaged(peer, caller);
        }
    }

    public void dropStaged(Peer peer, LibC caller) {
        for (Lane lane : lanes) {
            lane.proxy().dropStaged(peer, caller);
        }
    }

    /** Sends a packet of the node's own as if a TUN queue had brought it; false when too many wait. Any thread. */
    public boolean inject(byte[] packet, LibC caller) {
        return first.proxy().inject(packet, caller);
    }

    /** Has the lane that receives take a datagram of its own that came elsewhere; false when too many wait. */
    public boolean stray(Endpoint source, byte[] datagram, LibC caller) {
        return first.proxy().stray(source, datagram, caller);
    }

    /** Has the lane that receives look for messages from relays. Any thread. */
    public void wakeReceiver(LibC caller) {
        first.proxy().wake(caller);
    }

    public void mtu(int mtu, LibC caller) {
        for (Lane lane : lanes) {
            lane.proxy().mtu(mtu, caller);
        }
    }

    /** Packets that come in are filtered by these, or not at all. */
    public void filter(@Nullable ActiveFilter filter, LibC caller) {
        for (Lane lane : lanes) {
            lane.proxy().filter(filter, caller);
        }
    }

    /** Has all lanes use {@code sockets} soon; control agent's thread. */
    public void useSockets(UdpSockets sockets, LibC caller) {
        for (Lane lane : lanes) {
            lane.useSockets(sockets, caller);
        }
    }

    /**
     * Puts a fence behind everything posted so far, to every lane. Control agent's thread only.
     *
     * @return its number: once {@link #passedFences} has reached it, nothing older is in the hands of any lane or worker
     */
    public long fence(LibC caller) {
        long number = 0;
        for (Lane lane : lanes) {
            number = lane.proxy().fence(caller); // each lane gets all of them, so they count alike
        }
        return number;
    }

    /** Fences that every lane has passed; any thread. */
    public long passedFences() {
        long passed = Long.MAX_VALUE;
        for (Lane lane : lanes) {
            passed = Math.min(passed, lane.proxy().passedFences());
        }
        return passed;
    }

    /** Ends the threads, then frees the memory that all of them use. */
    @Override
    public void close() {
        for (Lane lane : lanes) {
            lane.end();
        }
        workers.close();
        for (Lane lane : lanes) {
            lane.free();
        }
    }
}
