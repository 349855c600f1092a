package io.penstock.wireguard;

import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Where a peer is: its address and port, and if known the local address and interface on which it last reached us (the
 * sticky source). Immutable, so that control and lanes can exchange it by one reference. Whitepaper section 2.1.
 */
public final class Endpoint {
    private static final int MAX_PORT = 0xffff;

    /** Upper half of the addresses that stand for relays: of 100::/64, which is for discarding (RFC 6666), so no host has one. */
    public static final long RELAY_HIGH = 0x0100_0000_0000_0000L;

    /** Port of those. */
    public static final int RELAY_PORT = 1;

    private final boolean v6;
    private final long high;
    private final long low;
    private final int port;
    private final int scopeId;
    private final boolean local;
    private final long localHigh;
    private final long localLow;
    private final int localInterface;

    private Endpoint(
            boolean v6,
            long high,
            long low,
            int port,
            int scopeId,
            boolean local,
            long localHigh,
            long localLow,
            int localInterface) {
        this.v6 = v6;
        this.high = high;
        this.low = low;
        this.port = port;
        this.scopeId = scopeId;
        this.local = local;
        this.localHigh = localHigh;
        this.localLow = localLow;
        this.localInterface = localInterface;
    }

    /** An IPv4 endpoint; {@code address} holds the four bytes big-endian. */
    public static Endpoint v4(int address, int port) {
        return new Endpoint(false, 0, Integer.toUnsignedLong(address), checkPort(port), 0, false, 0, 0, 0);
    }

    /** An IPv6 endpoint; the halves hold the bytes big-endian, {@code scopeId} is the interface index of the zone or 0. */
    public static Endpoint v6(long high, long low, int port, int scopeId) {
        return new Endpoint(true, high, low, checkPort(port), scopeId, false, 0, 0, 0);
    }

    /** Stands for a peer that is reached by a relay; what the number means is for whoever runs the relay's connection. */
    public static Endpoint relay(long id) {
        return v6(RELAY_HIGH, id, RELAY_PORT, 0);
    }

    /** Whether this is a {@link #relay} and not a place to send datagrams to; {@link #low} is its number. */
    public boolean isRelay() {
        return isRelay(v6, high);
    }

    /** Whether an address with this upper half stands for a relay, so that no host can have it. */
    public static boolean isRelay(boolean v6, long high) {
        return v6 && high == RELAY_HIGH;
    }

    /**
     * Reads {@code 1.2.3.4:5} or {@code [v6]:5} or {@code [v6%3]:5}; asks no resolver.
     *
     * @throws IllegalArgumentException for anything else, a zone that is a name included
     */
    public static Endpoint parse(String text) {
        return parse(text, name -> 0);
    }

    /**
     * Reads the same, and zones that are names.
     *
     * @param zoneIndex interface index of a name, or 0 if there is none
     * @throws IllegalArgumentException for anything else, an unknown zone included
     */
    public static Endpoint parse(String text, ToIntFunction<String> zoneIndex) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("an endpoint has a port: " + text);
        }
        int port = parseDecimal(text, colon + 1, MAX_PORT);
        if (!text.startsWith("[")) {
            return v4(IpText.parse4(text.substring(0, colon)), port);
        }
        if (text.charAt(colon - 1) != ']') {
            throw new IllegalArgumentException("not an endpoint: " + text);
        }
        String host = text.substring(1, colon - 1);
        int percent = host.indexOf('%');
        long[] address = IpText.parse6(percent < 0 ? host : host.substring(0, percent));
        int scopeId = percent < 0 ? 0 : parseZone(host.substring(percent + 1), zoneIndex);
        return v6(address[0], address[1], port, scopeId);
    }

    private static int parseZone(String zone, ToIntFunction<String> zoneIndex) {
        boolean number = !zone.isEmpty() && zone.chars().allMatch(c -> c >= '0' && c <= '9');
        int index = number ? parseDecimal(zone, 0, Integer.MAX_VALUE) : zoneIndex.applyAsInt(zone);
        if (index <= 0) {
            throw new IllegalArgumentException("unknown zone: " + zone);
        }
        return index;
    }

    private static int parseDecimal(String text, int start, int max) {
        long value = 0;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            value = value * 10 + c - '0';
            if (c < '0' || c > '9' || value > max) {
                throw new IllegalArgumentException("not a number up to " + max + ": " + text.substring(start));
            }
        }
        if (start == text.length()) {
            throw new IllegalArgumentException("number missing: " + text);
        }
        return (int) value;
    }

    private static int checkPort(int port) {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("not a port: " + port);
        }
        return port;
    }

    /**
     * The same remote side, sent to from this local address and interface. A relay has none.
     *
     * @param localHigh upper half of an IPv6 address, 0 for IPv4
     * @param localLow lower half, or the IPv4 address as an unsigned 32-bit number
     * @param localInterface interface index, 0 for none
     */
    public Endpoint withLocal(long localHigh, long localLow, int localInterface) {
        return isRelay() ? this : new Endpoint(v6, high, low, port, scopeId, true, localHigh, localLow, localInterface);
    }

    /** The same remote side; the routing table chooses where to send from. */
    public Endpoint withoutLocal() {
        return local ? new Endpoint(v6, high, low, port, scopeId, false, 0, 0, 0) : this;
    }

    public boolean hasLocal() {
        return local;
    }

    public boolean isV6() {
        return v6;
    }

    /** Upper half of an IPv6 address; 0 for IPv4. */
    public long high() {
        return high;
    }

    /** Lower half of an IPv6 address, or the IPv4 address as an unsigned 32-bit number. */
    public long low() {
        return low;
    }

    public int port() {
        return port;
    }

    public int scopeId() {
        return scopeId;
    }

    public long localHigh() {
        return localHigh;
    }

    public long localLow() {
        return localLow;
    }

    public int localInterface() {
        return localInterface;
    }

    /** Whether a datagram from there to here came over this very endpoint, local side included. Allocates nothing. */
    public boolean matches(
            boolean v6, long high, long low, int port, int scopeId, long localHigh, long localLow, int localInterface) {
        return this.low == low
                && this.port == port
                && this.high == high
                && this.v6 == v6
                && this.scopeId == scopeId
                && (local ? isLocal(localHigh, localLow, localInterface) : isRelay());
    }

    private boolean isLocal(long localHigh, long localLow, int localInterface) {
        return this.localLow == localLow && this.localHigh == localHigh && this.localInterface == localInterface;
    }

    /** Whether {@code other} is the same remote side, whatever is to be sent from. */
    public boolean isSameRemote(Endpoint other) {
        return low == other.low
                && port == other.port
                && high == other.high
                && v6 == other.v6
                && scopeId == other.scopeId;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Endpoint that
                && v6 == that.v6
                && high == that.high
                && low == that.low
                && port == that.port
                && scopeId == that.scopeId
                && local == that.local
                && localHigh == that.localHigh
                && localLow == that.localLow
                && localInterface == that.localInterface;
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Long.hashCode(high) + Long.hashCode(low)) + port;
    }

    /** The remote side as {@code wg} shows it; a zone is shown by its number. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(56);
        if (!v6) {
            IpText.append4(out, (int) low);
            return out.append(':').append(port).toString();
        }
        IpText.append6(out.append('['), high, low);
        if (scopeId != 0) {
            out.append('%').append(scopeId);
        }
        return out.append("]:").append(port).toString();
    }
}
