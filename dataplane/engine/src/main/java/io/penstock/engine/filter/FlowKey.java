package io.penstock.engine.filter;

import java.util.Random;

/**
 * Names a flow by 128 bits: the same ones for what this side sends and what the other answers. Made with a secret, so that nobody
 * outside can find two flows with the same name, or many that crowd out others. A flyweight over the flow that was read last; owned
 * by one thread at a time.
 *
 * <p>The flow's words are multiplied in pairs after a secret was added to each, and the products of 128 bits summed up (NH, the hash
 * of RFC 4418): two flows have the same sum with a probability of 2^-64. Then it is mixed, so that each bit of the name depends on all.
 */
final class FlowKey {
    static final int SECRETS = 10;

    private final long[] secrets;
    private long sumHigh;
    private long sumLow;

    long first; // never 0
    long second;

    /** @param secrets {@link #SECRETS} random words */
    FlowKey(long[] secrets) {
        this.secrets = secrets;
    }

    static long[] secrets(Random random) {
        return random.longs(SECRETS).toArray();
    }

    /** Takes the flow of a packet that came in. */
    void readInbound(PacketHeader packet) {
        long ports = ((long) packet.sourcePort << 16) | packet.destinationPort;
        if (packet.isV6) {
            name6(
                    packet.sourceHigh(),
                    packet.sourceLow(),
                    packet.destinationHigh(),
                    packet.destinationLow(),
                    ports,
                    packet.protocol);
        } else {
            name4(packet.source4(), packet.destination4(), ports, packet.protocol);
        }
    }

    /** Takes the flow of a packet that goes out. */
    void readOutbound(PacketHeader packet) {
        long ports = ((long) packet.destinationPort << 16) | packet.sourcePort;
        if (packet.isV6) {
            name6(
                    packet.destinationHigh(),
                    packet.destinationLow(),
                    packet.sourceHigh(),
                    packet.sourceLow(),
                    ports,
                    packet.protocol);
        } else {
            name4(packet.destination4(), packet.source4(), ports, packet.protocol);
        }
    }

    private void name4(int remote, int local, long ports, int protocol) {
        clear();
        add(((long) remote << 32) | (local & 0xffff_ffffL), secrets[0], (ports << 8) | protocol, secrets[1]);
        finish();
    }

    private void name6(long remoteHigh, long remoteLow, long localHigh, long localLow, long ports, int protocol) {
        clear();
        add(remoteHigh, secrets[2], remoteLow, secrets[3]);
        add(localHigh, secrets[4], localLow, secrets[5]);
        add((ports << 8) | protocol, secrets[6], 0, secrets[7]);
        finish();
    }

    private void clear() {
        sumHigh = 0;
        sumLow = 0;
    }

    private void add(long a, long secretA, long b, long secretB) {
        long x = a + secretA;
        long y = b + secretB;
        long low = x * y;
        sumLow += low;
        sumHigh += Math.unsignedMultiplyHigh(x, y) + (Long.compareUnsigned(sumLow, low) < 0 ? 1 : 0);
    }

    private void finish() {
        long mixed = mix((sumLow + secrets[8]) ^ Long.rotateLeft(sumHigh, 29));
        first = mixed == 0 ? 1 : mixed;
        second = mix((sumHigh + secrets[9]) ^ mixed);
    }

    /** A permutation in which each bit of the result depends on each of the argument (the finisher of MurmurHash3). */
    private static long mix(long value) {
        long z = (value ^ (value >>> 33)) * 0xff51afd7ed558ccdL;
        z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return z ^ (z >>> 33);
    }
}
