package io.penstock.engine.io;

import io.penstock.ffm.Errno;
import io.penstock.ffm.LibC;
import io.penstock.wireguard.Endpoint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A UDP port in memory, on a wire that a test can listen to and disturb. */
public final class FakeUdpPort implements UdpPort {
    /** What ports find each other on. */
    public static final class Wire {
        private final Map<String, FakeUdpPort> ports = new HashMap<>();

        /** Every message as it was sent, for the test to look at. */
        public final List<byte[]> sent = new ArrayList<>();

        /** Traffic class of each of them. */
        public final List<Integer> trafficClasses = new ArrayList<>();

        /** Hop limit of each of them, 0 for the host's. */
        public final List<Integer> hopLimits = new ArrayList<>();

        /** While set, nothing arrives but what the test delivers itself. */
        public boolean isCut;
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Message(byte[] bytes, int segmentLength, int trafficClass, Endpoint from) {}

    private final Wire wire;
    private final Endpoint address;
    private final Deque<Message> arrived = new ArrayDeque<>();

    public FakeUdpPort(Wire wire, Endpoint address) {
        this.wire = wire;
        this.address = address;
        wire.ports.put(address.toString(), this);
    }

    /** Lets datagrams arrive: a run of equal length, the last may be shorter. */
    public void deliver(byte[] bytes, int segmentLength, int trafficClass, Endpoint from) {
        arrived.add(new Message(bytes, segmentLength, trafficClass, from));
    }

    public boolean isReadable() {
        return !arrived.isEmpty();
    }

    @Override
    public int fd4() {
        return -1;
    }

    @Override
    public int fd6() {
        return -1;
    }

    @Override
    public int receive(ReceiveBatch batch, boolean v6) {
        int count = 0;
        while (count < batch.limit() && !arrived.isEmpty()) {
            put(batch, count++, arrived.remove());
        }
        batch.count(count);
        return count == 0 ? -Errno.EAGAIN : count;
    }

    private void put(ReceiveBatch batch, int i, Message message) {
        batch.slab().putBytes(batch.offset(i), message.bytes);
        batch.length[i] = message.bytes.length;
        batch.segmentLength[i] = Math.max(1, message.segmentLength);
        batch.trafficClass[i] = message.trafficClass;
        batch.v6[i] = message.from.isV6();
        batch.high[i] = message.from.high();
        batch.low[i] = message.from.low();
        batch.port[i] = message.from.port();
        batch.scopeId[i] = message.from.scopeId();
        batch.localHigh[i] = address.high();
        batch.localLow[i] = address.low();
        batch.localInterface[i] = 0;
    }

    @Override
    public int send(SendBatch batch) {
        int lost = 0;
        for (int i = 0; i < batch.count(); i++) {
            byte[] bytes = new byte[batch.length(i)];
            batch.slab().getBytes(batch.offset(i), bytes);
            wire.sent.add(bytes);
            wire.trafficClasses.add(batch.trafficClass(i));
            wire.hopLimits.add(batch.hopLimit(i));
            FakeUdpPort to = wire.ports.get(batch.endpoint(i).toString());
            if (to == null) {
                lost += batch.datagrams(i);
            } else if (!wire.isCut) {
                to.deliver(bytes, batch.segmentLength(i), batch.trafficClass(i), address);
            }
        }
        return lost;
    }

    @Override
    public UdpPort forThread(LibC libc) {
        return this; // used by one thread at a time
    }

    @Override
    public void close() {}
}
