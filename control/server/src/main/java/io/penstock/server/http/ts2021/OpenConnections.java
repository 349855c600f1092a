package io.penstock.server.http.ts2021;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.penstock.protocol.key.MachineKey;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connections of each machine. A node has one and makes another when it breaks, of which the coordinator may not know yet:
 * so the eldest gives way, not the newest. Thread-safe.
 */
final class OpenConnections {
    private final int perMachine;
    private final Ts2021Counters counters;
    private final Map<MachineKey, Deque<Channel>> open = new HashMap<>(); // guarded by this

    OpenConnections(int perMachine, Ts2021Counters counters) {
        this.perMachine = perMachine;
        this.counters = counters;
    }

    void add(MachineKey machine, Channel channel) {
        Channel eldest = addAndTakeEldest(machine, channel);
        channel.closeFuture().addListener(closed -> remove(machine, channel));
        if (eldest != null) {
            counters.tooManyConnections.increment();
            eldest.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
        }
    }

    private synchronized @Nullable Channel addAndTakeEldest(MachineKey machine, Channel channel) {
        Deque<Channel> channels = open.computeIfAbsent(machine, key -> new ArrayDeque<>());
        channels.addLast(channel);
        return channels.size() > perMachine ? channels.pollFirst() : null;
    }

    private synchronized void remove(MachineKey machine, Channel channel) {
        Deque<Channel> channels = open.get(machine);
        if (channels != null && channels.remove(channel) && channels.isEmpty()) {
            open.remove(machine);
        }
    }

    /** Machines that have a connection. */
    synchronized int machines() {
        return open.size();
    }
}
