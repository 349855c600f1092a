package io.penstock.protocol.stun.discovery;

import io.penstock.protocol.stun.BindingRequest;
import io.penstock.protocol.stun.BindingResponse;
import io.penstock.protocol.stun.Change;
import io.penstock.protocol.stun.TransactionId;
import io.penstock.protocol.stun.discovery.NatBehaviour.Filtering;
import io.penstock.protocol.stun.discovery.NatBehaviour.Hairpin;
import io.penstock.protocol.stun.discovery.NatBehaviour.Mapping;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out how the NAT in front of us behaves, in one family: RFC 5780 sections 4.3 and 4.4, and 3.4. Any number of servers is
 * asked at once. The first that has a second address is the judge of mapping and filtering; without one, two servers tell whether
 * the mapping differs. Requests are repeated after 200 to 500 ms, doubled each time, and given up after three to seven seconds.
 *
 * <p>Pure; owned by whoever drives it, who has three sockets: after each call it sends what {@link #poll} gives, and calls {@link #onTime}
 * when {@link #leftNs} is over. A datagram that is none of its answers changes nothing.
 */
public final class NatDiscovery {
    static final int MAX_SERVERS = 8;
    static final int SENDS = 4;
    static final long LEAST_RETRY_NS = 200_000_000L;
    static final long MOST_RETRY_NS = 500_000_000L;

    /** What a request is for. */
    private enum Role {
        FIRST,
        SECOND_ADDRESS,
        SECOND_ADDRESS_AND_PORT,
        FILTERING_BASE,
        FILTERING_ADDRESS_AND_PORT,
        FILTERING_PORT,
        HAIRPIN_BASE,
        HAIRPIN_THERE,
        HAIRPIN_BACK
    }

    private enum State {
        WAITING,
        ANSWERED,
        /** The server cannot do that. */
        REFUSED,
        /** Not answered, however often it was sent. */
        LOST,
        /** There was no time to find out. */
        STOPPED
    }

    /** A request, and what became of it. */
    private static final class Ask {
        final Role role;
        final ProbeSocket from;
        final Endpoint to;
        final TransactionId id;
        final byte[] datagram;
        final long retryNs;
        final long firstNs;
        State state = State.WAITING;
        int sends = 1;
        long nextNs;

        @Nullable Endpoint mapped;

        Ask(Role role, ProbeSocket from, Endpoint to, TransactionId id, Change change, long retryNs, long nowNs) {
            this.role = role;
            this.from = from;
            this.to = to;
            this.id = id;
            datagram = BindingRequest.encode(id, change);
            this.retryNs = retryNs;
            firstNs = nowNs;
            nextNs = nowNs + retryNs;
        }
    }

    /** A request to be sent. */
    public static final class Send {
        private final ProbeSocket from;
        private final Endpoint to;
        private final byte[] datagram;

        Send(ProbeSocket from, Endpoint to, byte[] datagram) {
            this.from = from;
            this.to = to;
            this.datagram = datagram;
        }

        public ProbeSocket from() {
            return from;
        }

        public Endpoint to() {
            return to;
        }

        /** Not to be changed. */
        public byte[] datagram() {
            return datagram;
        }
    }

    private final Set<Endpoint> own;
    private final Entropy entropy;
    private final Queue<Send> sends = new ArrayDeque<>(); // at most one of each request before it is taken
    private final List<Ask> asks = new ArrayList<>();
    private final Set<Endpoint> servers = new LinkedHashSet<>();
    private final Map<Endpoint, Endpoint> mappedBy = new LinkedHashMap<>(); // the servers that have answered
    private @Nullable Endpoint judge;
    private boolean isComplete; // all servers are known

    /**
     * Without servers yet.
     *
     * @param own the host's addresses of the family, with the port of the socket {@link ProbeSocket#MAPPING}
     */
    public NatDiscovery(List<Endpoint> own, Entropy entropy) {
        this.own = Set.copyOf(own);
        this.entropy = entropy;
    }

    /** Asks another server; one too many is left out, as is one that is asked already. */
    public void addServer(Endpoint server, long nowNs) {
        if (!isComplete && servers.size() < MAX_SERVERS && servers.add(server)) {
            ask(Role.FIRST, ProbeSocket.MAPPING, server, Change.NOTHING, LEAST_RETRY_NS, nowNs);
        }
    }

    /** There are no more servers. */
    public void onAllServers() {
        isComplete = true;
    }

    /** Whether nothing is awaited any more. */
    public boolean isDone() {
        return isComplete && asks.stream().noneMatch(ask -> ask.state == State.WAITING);
    }

    /** Gives up what is awaited. */
    public void stop() {
        isComplete = true;
        sends.clear();
        asks.stream().filter(ask -> ask.state == State.WAITING).forEach(ask -> ask.state = State.STOPPED);
    }

    private void ask(Role role, ProbeSocket from, Endpoint to, Change change, long retryNs, long nowNs) {
        Ask ask = new Ask(role, from, to, TransactionId.random(entropy), change, retryNs, nowNs);
        asks.add(ask);
        sends.add(new Send(from, to, ask.datagram));
    }

    public void onTime(long nowNs) {
        for (Ask ask : asks) {
            if (ask.state != State.WAITING || nowNs - ask.nextNs < 0) {
                continue;
            }
            if (ask.sends == SENDS) {
                ask.state = State.LOST;
                continue;
            }
            ask.nextNs = nowNs + (ask.retryNs << ask.sends);
            ask.sends++;
            sends.add(new Send(ask.from, ask.to, ask.datagram));
        }
    }

    /**
     * A datagram that looks like STUN.
     *
     * @param at the socket that it came to
     * @return whether it was for us
     */
    public boolean onDatagram(ProbeSocket at, Endpoint source, byte[] datagram, long nowNs) {
        ByteBuffer bytes = ByteBuffer.wrap(datagram);
        if (BindingRequest.parse(bytes) instanceof BindingRequest.Received.Request request) {
            return onOwnRequest(at, request.id());
        }
        BindingResponse.Mapped answer = BindingResponse.parse(bytes);
        BindingResponse.Refused refusal = answer == null ? BindingResponse.parseRefusal(bytes) : null;
        TransactionId id = answer != null ? answer.id() : refusal != null ? refusal.id() : null;
        for (Ask ask : asks) {
            if (ask.state == State.WAITING && ask.id.equals(id) && ask.from == at) {
                return answer == null ? onRefusal(ask, source) : onAnswer(ask, source, answer, nowNs);
            }
        }
        return false;
    }

    /** One of ours that has come back from the NAT, to the other of the two sockets. */
    private boolean onOwnRequest(ProbeSocket at, TransactionId id) {
        for (Ask ask : asks) {
            boolean isHairpin = ask.role == Role.HAIRPIN_THERE || ask.role == Role.HAIRPIN_BACK;
            if (isHairpin && ask.id.equals(id) && ask.from != at) {
                asks.stream()
                        .filter(other -> other.role == Role.HAIRPIN_THERE || other.role == Role.HAIRPIN_BACK)
                        .forEach(other -> other.state = State.ANSWERED);
                return true;
            }
        }
        return false;
    }

    private static boolean onRefusal(Ask ask, Endpoint source) {
        boolean isHairpin = ask.role == Role.HAIRPIN_THERE || ask.role == Role.HAIRPIN_BACK;
        if (isHairpin || !source.isSameRemote(ask.to)) {
            return false; // a refusal comes from where the request went to, RFC 5780 section 6.1
        }
        ask.state = State.REFUSED;
        return true;
    }

    private boolean onAnswer(Ask ask, Endpoint source, BindingResponse.Mapped answer, long nowNs) {
        boolean isSameAddress = isSameAddress(source, ask.to);
        boolean isSamePort = source.port() == ask.to.port();
        switch (ask.role) {
            case FIRST, SECOND_ADDRESS, SECOND_ADDRESS_AND_PORT, FILTERING_BASE, HAIRPIN_BASE -> {
                if (!isSameAddress || !isSamePort || answer.mapped().isV6() != ask.to.isV6()) {
                    return false;
                }
                ask.state = State.ANSWERED;
                ask.mapped = answer.mapped();
                goOn(ask, answer, nowNs);
            }
            case FILTERING_ADDRESS_AND_PORT, FILTERING_PORT -> {
                boolean isAsWanted = !isSamePort && isSameAddress == (ask.role == Role.FILTERING_PORT);
                if (!isAsWanted && !(isSameAddress && isSamePort)) {
                    return false;
                }
                ask.state = isAsWanted
                        ? State.ANSWERED
                        : State.REFUSED; // who answers from the old place does not know the attribute
                if (isAsWanted && ask.role == Role.FILTERING_ADDRESS_AND_PORT) {
                    forget(Role.FILTERING_PORT); // whoever lets in everybody lets in this one
                }
            }
            case HAIRPIN_THERE, HAIRPIN_BACK -> {
                return false; // nobody but ourselves gets them
            }
        }
        return true;
    }

    private void forget(Role role) {
        asks.removeIf(ask -> ask.role == role && ask.state == State.WAITING);
    }

    private void goOn(Ask ask, BindingResponse.Mapped answer, long nowNs) {
        long retryNs = Math.clamp(2 * (nowNs - ask.firstNs), LEAST_RETRY_NS, MOST_RETRY_NS);
        switch (ask.role) {
            case FIRST -> {
                boolean isFirst = mappedBy.isEmpty();
                mappedBy.put(ask.to, answer.mapped());
                if (isFirst && isTranslated()) {
                    ask(Role.HAIRPIN_BASE, ProbeSocket.HAIRPIN, ask.to, Change.NOTHING, retryNs, nowNs);
                }
                Endpoint other = answer.other();
                if (judge == null && other != null && isSecondAddress(other, ask.to)) {
                    judge = ask.to;
                    Endpoint samePort = withPort(other, ask.to.port());
                    ask(Role.SECOND_ADDRESS, ProbeSocket.MAPPING, samePort, Change.NOTHING, retryNs, nowNs);
                    ask(Role.SECOND_ADDRESS_AND_PORT, ProbeSocket.MAPPING, other, Change.NOTHING, retryNs, nowNs);
                    ask(Role.FILTERING_BASE, ProbeSocket.FILTERING, ask.to, Change.NOTHING, retryNs, nowNs);
                }
            }
            case FILTERING_BASE -> {
                ask(
                        Role.FILTERING_ADDRESS_AND_PORT,
                        ProbeSocket.FILTERING,
                        ask.to,
                        Change.ADDRESS_AND_PORT,
                        retryNs,
                        nowNs);
                ask(Role.FILTERING_PORT, ProbeSocket.FILTERING, ask.to, Change.PORT, retryNs, nowNs);
            }
            case HAIRPIN_BASE -> {
                // Both sides send, as two nodes would: each lets in whom it has sent to.
                ask(Role.HAIRPIN_THERE, ProbeSocket.HAIRPIN, firstMapped(), Change.NOTHING, retryNs, nowNs);
                ask(Role.HAIRPIN_BACK, ProbeSocket.MAPPING, answer.mapped(), Change.NOTHING, retryNs, nowNs);
            }
            default -> {} // a verdict, which nothing follows
        }
    }

    private Endpoint firstMapped() {
        return mappedBy.values().iterator().next();
    }

    private boolean isTranslated() {
        return mappedBy.values().stream().anyMatch(mapped -> !own.contains(mapped));
    }

    /** Whoever answers could name any address, to which we would send a few datagrams: it has to be one that a server can have. */
    private static boolean isSecondAddress(Endpoint other, Endpoint first) {
        return other.isV6() == first.isV6()
                && !isSameAddress(other, first)
                && other.port() != 0
                && other.port() != first.port()
                && isUnicast(other)
                && isLoopback(other) == isLoopback(first);
    }

    private static boolean isUnicast(Endpoint endpoint) {
        if (endpoint.isV6()) {
            boolean isUnspecified = endpoint.high() == 0 && endpoint.low() == 0;
            return !isUnspecified && endpoint.high() >>> 56 != 0xff && !endpoint.isRelay();
        }
        long first = endpoint.low() >>> 24;
        return first != 0 && first < 224; // 0/8 is this network, from 224 on there is multicast and what is reserved
    }

    private static boolean isLoopback(Endpoint endpoint) {
        return endpoint.isV6() ? endpoint.high() == 0 && endpoint.low() == 1 : endpoint.low() >>> 24 == 127;
    }

    private static boolean isSameAddress(Endpoint a, Endpoint b) {
        return a.isV6() == b.isV6() && a.high() == b.high() && a.low() == b.low();
    }

    private static Endpoint withPort(Endpoint endpoint, int port) {
        return endpoint.isV6()
                ? Endpoint.v6(endpoint.high(), endpoint.low(), port, endpoint.scopeId())
                : Endpoint.v4((int) endpoint.low(), port);
    }

    /** What to send next, until null. */
    public @Nullable Send poll() {
        return sends.poll();
    }

    /** Nanoseconds until {@link #onTime} has something to do; {@code Long.MAX_VALUE} if never. */
    public long leftNs(long nowNs) {
        long leftNs = Long.MAX_VALUE;
        for (Ask ask : asks) {
            if (ask.state == State.WAITING) {
                leftNs = Math.min(leftNs, Math.max(0, ask.nextNs - nowNs));
            }
        }
        return leftNs;
    }

    /** What is known by now. */
    public NatBehaviour behaviour() {
        boolean isTranslated = isTranslated();
        return new NatBehaviour(
                !mappedBy.isEmpty(),
                isTranslated,
                mapping(),
                filtering(),
                isTranslated ? hairpin() : Hairpin.UNKNOWN,
                new ArrayList<>(new LinkedHashSet<>(mappedBy.values())),
                servers.size(),
                mappedBy.size(),
                judge);
    }

    private Mapping mapping() {
        Mapping judged = judgedMapping();
        boolean isVarying = new HashSet<>(mappedBy.values()).size() > 1;
        if (judged == Mapping.UNKNOWN || judged == Mapping.ENDPOINT_INDEPENDENT) {
            if (isVarying) {
                return Mapping.DESTINATION_DEPENDENT; // two uplinks, say, whatever one server sees
            }
            boolean isOfTwoAddresses = mappedBy.keySet().stream()
                            .map(server -> withPort(server, 0))
                            .distinct()
                            .count()
                    > 1;
            return isOfTwoAddresses ? Mapping.ENDPOINT_INDEPENDENT : judged;
        }
        return judged;
    }

    /** RFC 5780 section 4.3. */
    private Mapping judgedMapping() {
        Endpoint first = judge == null ? null : mappedBy.get(judge);
        Endpoint second = mapped(Role.SECOND_ADDRESS);
        Endpoint third = mapped(Role.SECOND_ADDRESS_AND_PORT);
        if (first == null || (second == null && third == null)) {
            return Mapping.UNKNOWN;
        }
        if (second == null || third == null) {
            return first.equals(second == null ? third : second)
                    ? Mapping.ENDPOINT_INDEPENDENT
                    : Mapping.DESTINATION_DEPENDENT;
        }
        if (second.equals(third)) {
            return first.equals(second) ? Mapping.ENDPOINT_INDEPENDENT : Mapping.ADDRESS_DEPENDENT;
        }
        return Mapping.ADDRESS_AND_PORT_DEPENDENT;
    }

    /** RFC 5780 section 4.4. Silence counts only of a server whose second address has answered when we asked it. */
    private Filtering filtering() {
        State both = state(Role.FILTERING_ADDRESS_AND_PORT);
        State port = state(Role.FILTERING_PORT);
        if (both == State.ANSWERED) {
            return Filtering.ENDPOINT_INDEPENDENT;
        }
        boolean isSecondThere = mapped(Role.SECOND_ADDRESS) != null || mapped(Role.SECOND_ADDRESS_AND_PORT) != null;
        if (both != State.LOST || !isSecondThere) {
            return Filtering.UNKNOWN;
        }
        return switch (port) {
            case ANSWERED -> Filtering.ADDRESS_DEPENDENT;
            case LOST -> Filtering.ADDRESS_AND_PORT_DEPENDENT;
            case null, default -> Filtering.UNKNOWN;
        };
    }

    private Hairpin hairpin() {
        return switch (state(Role.HAIRPIN_THERE)) {
            case ANSWERED -> Hairpin.YES;
            case LOST -> Hairpin.NO;
            case null, default -> Hairpin.UNKNOWN;
        };
    }

    private @Nullable State state(Role role) {
        for (Ask ask : asks) {
            if (ask.role == role) {
                return ask.state;
            }
        }
        return null;
    }

    private @Nullable Endpoint mapped(Role role) {
        for (Ask ask : asks) {
            if (ask.role == role) {
                return ask.mapped;
            }
        }
        return null;
    }
}
