package io.penstock.lab.speed;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers speed tests on one TCP port and the UDP port of the same number. Every connection, session and stream has a bound and
 * a deadline; what a client sends wrong ends that client's test only. The sockets stay in the network namespace of the thread
 * that opened them.
 */
public final class SpeedServer implements AutoCloseable {
    public static final int DEFAULT_PORT = 5202;

    private static final int BACKLOG = 128;
    private static final int UDP_BUFFER_BYTES = 4 << 20;
    private static final int MAX_DATAGRAM_BYTES = 65_535;
    private static final int PORT_ATTEMPTS = 20;
    private static final long ERROR_PAUSE_NS = 100_000_000;

    private final ServerSocketChannel listener;
    private final DatagramChannel udp;
    private final ServerLimits limits;
    private final Consumer<String> log;
    private final SecureRandom random = new SecureRandom();
    private final Semaphore greetings;
    private final Semaphore sessionSlots;
    private final Semaphore streamSlots;
    private final Map<Long, ServerSession> sessions = new ConcurrentHashMap<>();
    private final ScheduledThreadPoolExecutor watchdog;
    private volatile boolean oneOff;
    private volatile boolean closed;

    private SpeedServer(ServerSocketChannel listener, DatagramChannel udp, ServerLimits limits, Consumer<String> log) {
        this.listener = listener;
        this.udp = udp;
        this.limits = limits;
        this.log = log;
        greetings = new Semaphore(limits.greetings());
        sessionSlots = new Semaphore(limits.sessions());
        streamSlots = new Semaphore(limits.streams());
        watchdog = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("speed-watchdog").factory());
        watchdog.setRemoveOnCancelPolicy(true);
    }

    /**
     * Binds both ports; port 0 chooses a free number.
     *
     * @param log gets one line per test, for people
     */
    public static SpeedServer open(InetSocketAddress address, ServerLimits limits, Consumer<String> log)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            ServerSocketChannel listener = ServerSocketChannel.open();
            DatagramChannel udp = DatagramChannel.open();
            try {
                listener.bind(address, BACKLOG);
                udp.setOption(StandardSocketOptions.SO_RCVBUF, UDP_BUFFER_BYTES);
                udp.bind(listener.getLocalAddress());
                return new SpeedServer(listener, udp, limits, log);
            } catch (IOException | RuntimeException e) {
                listener.close();
                udp.close();
                if (!(e instanceof BindException)) {
                    throw e;
                }
                if (address.getPort() != 0 || attempt == PORT_ATTEMPTS) {
                    throw new SpeedException("cannot listen on " + address + ": " + e.getMessage(), e);
                }
            }
        }
    }

    public InetSocketAddress address() throws IOException {
        return (InetSocketAddress) listener.getLocalAddress();
    }

    /** Serves until {@link #close}, or, if {@code once}, until one test is complete. */
    public void serve(boolean once) {
        oneOff = once;
        Thread.ofPlatform().daemon().name("speed-udp").start(this::receiveDatagrams);
        while (!closed) {
            try {
                accept(listener.accept());
            } catch (IOException e) {
                if (!closed) { // for example no descriptor is free
                    LockSupport.parkNanos(ERROR_PAUSE_NS);
                }
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            listener.close();
            udp.close();
        } catch (IOException e) {
            log.accept("closing: " + e.getMessage());
        }
        sessions.values().forEach(ServerSession::close);
        watchdog.shutdownNow();
    }

    private void accept(SocketChannel channel) {
        if (!greetings.tryAcquire()) {
            ServerSession.closeQuietly(channel);
            return;
        }
        Thread.ofPlatform().daemon().name("speed-connection").start(() -> greet(channel));
    }

    private void greet(SocketChannel channel) {
        try (channel) {
            Greeting greeting = receiveGreeting(channel);
            ControlConnection connection = greeting.connection();
            Hello hello = greeting.hello();
            if (hello.version() != Hello.VERSION) {
                connection.sendError("this side speaks version " + Hello.VERSION
                        + " of the protocol, yours speaks version " + hello.version()
                        + ": use the same penstock on both sides");
                return;
            }
            InetAddress from = ((InetSocketAddress) channel.getRemoteAddress()).getAddress();
            if (hello.role() == Hello.Role.CONTROL) {
                control(connection, from);
                return;
            }
            ServerSession session = sessions.get(hello.token());
            if (session == null || !session.onConnection(hello, connection, from)) {
                connection.sendError("no test waits for this connection");
            }
        } catch (IOException e) {
            // a stranger, or a client that left: its control connection tells what there is to tell
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Greeting(ControlConnection connection, Hello hello) {}

    private Greeting receiveGreeting(SocketChannel channel) throws IOException {
        Future<?> deadline = watch(channel, limits.helloTimeoutMs());
        try {
            ControlConnection connection = new ControlConnection(channel, limits.helloTimeoutMs());
            return new Greeting(connection, Hello.decode(connection.receiveBytes(Hello.LENGTH)));
        } finally {
            deadline.cancel(false);
            greetings.release();
        }
    }

    private void control(ControlConnection connection, InetAddress from) throws IOException, InterruptedException {
        if (!sessionSlots.tryAcquire()) {
            connection.sendError("busy with " + limits.sessions() + " tests, try again later");
            return;
        }
        try {
            Future<?> deadline = watch(connection.channel(), limits.controlTimeoutMs());
            connection.timeoutMs(limits.controlTimeoutMs());
            long token = random.nextLong();
            ByteBuffer welcome = ByteBuffer.allocate(16).putShort((short) Hello.VERSION);
            connection.send(FrameType.WELCOME, welcome.putLong(8, token).clear());
            TestPlan plan;
            try {
                plan = TestPlan.decode(connection.receive(FrameType.TEST));
            } catch (SpeedException e) {
                connection.sendError(e.getMessage());
                return;
            } finally {
                deadline.cancel(false);
            }
            test(connection, from, token, plan);
        } finally {
            sessionSlots.release();
        }
    }

    private void test(ControlConnection connection, InetAddress from, long token, TestPlan plan)
            throws IOException, InterruptedException {
        if (!streamSlots.tryAcquire(plan.streams())) {
            connection.sendError("busy: not enough of " + limits.streams() + " streams are free, try again later");
            return;
        }
        ServerSession session = new ServerSession(plan, token, connection, from, udp, limits);
        sessions.put(token, session);
        long lifeMs = plan.durationNs() / 1_000_000 + limits.controlTimeoutMs() + limits.graceMs();
        Future<?> deadline = watchdog.schedule(session::close, lifeMs, TimeUnit.MILLISECONDS);
        String what = describe(plan, from);
        try (session) {
            session.run();
            log.accept(what + ": done");
            if (oneOff) {
                awaitGoodbye(connection);
                close();
            }
        } catch (IOException e) {
            log.accept(what + ": " + e.getMessage());
        } finally {
            deadline.cancel(false);
            sessions.remove(token);
            streamSlots.release(plan.streams());
        }
    }

    /** The client closes when it has read the result; a reset must not overtake the result. */
    private static void awaitGoodbye(ControlConnection connection) {
        try {
            connection.timeoutMs(1000);
            connection.receive();
        } catch (IOException e) {
            // closed, as it should be
        }
    }

    private Future<?> watch(SocketChannel channel, int timeoutMs) {
        return watchdog.schedule(() -> ServerSession.closeQuietly(channel), timeoutMs, TimeUnit.MILLISECONDS);
    }

    private void receiveDatagrams() {
        ByteBuffer datagram = ByteBuffer.allocateDirect(MAX_DATAGRAM_BYTES);
        ServerSession last = null;
        while (!closed) {
            try {
                InetSocketAddress source = (InetSocketAddress) udp.receive(datagram.clear());
                if (source == null || !DatagramHeader.isValid(datagram, datagram.position())) {
                    continue;
                }
                last = sessionOf(DatagramHeader.token(datagram), last);
                if (last != null) {
                    onDatagram(last, datagram, source);
                }
            } catch (IOException e) {
                if (!closed) {
                    LockSupport.parkNanos(ERROR_PAUSE_NS);
                }
            }
        }
    }

    private @Nullable ServerSession sessionOf(long token, @Nullable ServerSession last) {
        return last != null && last.token() == token ? last : sessions.get(token);
    }

    private void onDatagram(ServerSession session, ByteBuffer datagram, InetSocketAddress source) throws IOException {
        int lengthBytes = datagram.position();
        switch (DatagramHeader.type(datagram)) {
            case DatagramHeader.DATA -> session.onData(datagram, lengthBytes, System.nanoTime());
            case DatagramHeader.REGISTER -> {
                int stream = DatagramHeader.stream(datagram);
                if (session.onRegister(stream, source.getAddress(), source)) {
                    DatagramHeader.put(datagram, DatagramHeader.REGISTERED, stream, session.token());
                    udp.send(datagram.clear().limit(DatagramHeader.LENGTH), source);
                }
            }
            case DatagramHeader.PROBE -> {
                if (session.isStream(DatagramHeader.stream(datagram), source)) {
                    DatagramHeader.answer(datagram);
                    udp.send(datagram.clear().limit(DatagramHeader.LENGTH), source); // no longer than what came
                }
            }
            default -> {} // the others go the other way only
        }
    }

    private static String describe(TestPlan plan, InetAddress from) {
        return from.getHostAddress() + ": " + (plan.udp() ? "UDP" : "TCP") + (plan.reverse() ? " reverse" : "") + ", "
                + plan.streams() + (plan.streams() == 1 ? " stream" : " streams");
    }
}
