package io.penstock.engine.lane;

import io.penstock.engine.filter.ActiveFilter;
import io.penstock.engine.io.UdpPort;
import io.penstock.ffm.LibC;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.peer.Peer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The control agent's way to a lane: each call arrives as {@code onX} on the lane's thread, between two batches. The
 * queue is bounded; a lane never waits for anybody, so a full queue drains and the caller yields until it does.
 *
 * <p>A lane answers fences only, and by a number: how many it has passed. So there is no queue back to the control agent
 * that could be full.
 */
public final class LaneProxy {
    static final int CAPACITY = 1024;

    /** Packets of the node's own that wait: a small part of the queue, which is the control agent's. */
    static final int INJECTED = 64;

    /** Datagrams likewise that the control agent received and the lane should have. */
    static final int STRAYS = 64;

    private static final VarHandle PASSED;

    static {
        try {
            PASSED = MethodHandles.lookup().findVarHandle(LaneProxy.class, "passedFences", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ManyToOneConcurrentArrayQueue<Runnable> commands = new ManyToOneConcurrentArrayQueue<>(CAPACITY);
    private final Runnable pass = this::onFence; // one for all: the queue keeps the order
    private final Lane lane;
    private final Wakeup wakeup;
    private final SleepState control;

    private final AtomicInteger injected = new AtomicInteger(); // waiting
    private final AtomicInteger strays = new AtomicInteger(); // likewise
    private long postedFences; // of the control agent
    private long passedFences; // of the lane

    /** @param control woken when a fence has been passed */
    LaneProxy(Lane lane, Wakeup wakeup, SleepState control) {
        this.lane = lane;
        this.wakeup = wakeup;
        this.control = control;
    }

    /** Staged packets, or a keepalive if there are none, go out on the peer's current keypair. */
    public void confirm(Peer peer, LibC caller) {
        post(() -> lane.onConfirm(peer), caller);
    }

    /** Staged packets, if there are any, go out on the peer's current keypair. */
    public void sendStaged(Peer peer, LibC caller) {
        post(() -> lane.onSendStaged(peer), caller);
    }

    public void dropStaged(Peer peer, LibC caller) {
        post(() -> lane.onDropStaged(peer), caller);
    }

    public void mtu(int mtu, LibC caller) {
        post(() -> lane.onMtu(mtu), caller);
    }

    /** Packets that come in are filtered by these, or not at all. */
    public void filter(@Nullable ActiveFilter filter, LibC caller) {
        post(() -> lane.onFilter(filter), caller);
    }

    public void udpPort(UdpPort port, LibC caller) {
        post(() -> lane.onUdpPort(port), caller);
    }

    /** Sends a packet of the node's own; false when there are too many, or the lane has ended. Any thread, and never waits. */
    boolean inject(byte[] packet, LibC caller) {
        if (lane.hasEnded()) {
            return false;
        }
        if (injected.incrementAndGet() > INJECTED || !commands.offer(() -> onInject(packet))) {
            injected.decrementAndGet();
            return false;
        }
        wakeup.wake(caller);
        return true;
    }

    private void onInject(byte[] packet) {
        injected.decrementAndGet();
        lane.onInject(packet);
    }

    /** Has the lane that receives take a datagram as if it had come to its socket; false when too many wait. Never waits. */
    boolean stray(Endpoint source, byte[] datagram, LibC caller) {
        if (lane.hasEnded()) {
            return false;
        }
        if (strays.incrementAndGet() > STRAYS || !commands.offer(() -> onStray(source, datagram))) {
            strays.decrementAndGet();
            return false;
        }
        wakeup.wake(caller);
        return true;
    }

    private void onStray(Endpoint source, byte[] datagram) {
        strays.decrementAndGet();
        lane.onStray(source, datagram);
    }

    /** Has the lane do a round, unless it has ended. Any thread. */
    void wake(LibC caller) {
        if (!lane.hasEnded()) {
            wakeup.wake(caller);
        }
    }

    /**
     * Puts a fence behind everything posted so far. Control agent's thread only.
     *
     * @return its number: once {@link #passedFences} has reached it, nothing older is in the lane's hands
     */
    public long fence(LibC caller) {
        post(pass, caller);
        return ++postedFences;
    }

    /** Fences that the lane has passed; any thread. */
    public long passedFences() {
        return (long) PASSED.getAcquire(this);
    }

    private void onFence() {
        PASSED.setRelease(this, passedFences + 1); // single writer; whoever reads it finds the lane's work done
        control.wake(lane.libc());
    }

    /** Has {@code command} run on the lane's thread, unless that has ended. */
    void post(Runnable command, LibC caller) {
        if (lane.hasEnded()) {
            return; // nothing is in its hands any more, and its wake-up may be closed
        }
        while (!commands.offer(command)) {
            if (lane.hasEnded()) {
                return;
            }
            wakeup.wake(caller);
            Thread.onSpinWait();
        }
        wakeup.wake(caller);
    }

    /** Whether {@link #drain} would find something. */
    boolean hasCommands() {
        return !commands.isEmpty();
    }

    /** Runs what has arrived, a queue's length at most: packets want their turn. Lane thread. */
    int drain() {
        int done = 0;
        while (done < CAPACITY) {
            Runnable command = commands.poll();
            if (command == null) {
                return done;
            }
            command.run();
            done++;
        }
        wakeup.wake(lane.libc()); // there may be more
        return done;
    }
}
