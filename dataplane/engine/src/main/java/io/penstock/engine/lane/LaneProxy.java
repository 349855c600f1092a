package io.penstock.engine.lane;

import io.penstock.engine.io.UdpPort;
import io.penstock.ffm.LibC;
import io.penstock.wireguard.peer.Peer;
import java.util.function.Consumer;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * The control agent's way to a lane: each call arrives as {@code onX} on the lane's thread, between two batches. The
 * queue is bounded; a lane never waits for anybody, so a full queue drains and the caller yields until it does.
 */
public final class LaneProxy {
    private static final int CAPACITY = 1024;

    private final ManyToOneConcurrentArrayQueue<Runnable> commands = new ManyToOneConcurrentArrayQueue<>(CAPACITY);
    private final Lane lane;
    private final Wakeup wakeup;

    LaneProxy(Lane lane, Wakeup wakeup) {
        this.lane = lane;
        this.wakeup = wakeup;
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

    public void udpPort(UdpPort port, LibC caller) {
        post(() -> lane.onUdpPort(port), caller);
    }

    /** Runs {@code acknowledge}, with the lane's own calls, on its thread once nothing older is in its hands. */
    public void fence(Consumer<LibC> acknowledge, LibC caller) {
        post(() -> acknowledge.accept(lane.libc()), caller);
    }

    private void post(Runnable command, LibC caller) {
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

    /** Runs what has arrived; lane thread. */
    int drain() {
        int done = 0;
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
            done++;
        }
        return done;
    }
}
