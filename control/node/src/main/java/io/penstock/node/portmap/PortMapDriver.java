package io.penstock.node.portmap;

import io.penstock.node.path.LocalAddresses;
import io.penstock.node.portmap.core.PortMapAction;
import io.penstock.node.portmap.core.PortMapKind;
import io.penstock.node.portmap.core.PortMapView;
import io.penstock.node.portmap.core.PortMapper;
import io.penstock.protocol.portmap.IgdAction;
import io.penstock.protocol.portmap.NatPmp;
import io.penstock.protocol.portmap.Ssdp;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a port of the router that leads to ours, as {@link PortMapper} decides. Methods may be called from any thread and return at
 * once, but for {@link #close}; everything happens on a thread of its own, on which the sink is called too.
 */
public final class PortMapDriver implements AutoCloseable {
    /** Datagrams that were not looked at yet; beyond that they are counted and dropped. */
    private static final int MAX_QUEUED = 64;

    private static final int MAX_DATAGRAM = 4096;
    private static final long GATEWAY_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long LONGEST_WAIT_NS = TimeUnit.HOURS.toNanos(1);
    private static final long PAUSE_MS = 100;
    private static final long CLOSING_MS = 1500;
    private static final System.Logger LOG = System.getLogger(PortMapDriver.class.getName());

    /** Who is told. */
    public interface Sink {
        /**
         * There is another state: of the mapping, or of what is known of the router.
         *
         * @param external where peers may reach us; null if there is no mapping
         */
        void onPortMap(@Nullable Endpoint external, PortMapView view);
    }

    private final PortMapper mapper;
    private final Gateway.Source gateways;
    private final Sink sink;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("port-mapping").daemon().factory());
    private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicLong lost = new AtomicLong();
    private @Nullable Gateway gateway;
    private @Nullable DatagramChannel channel;
    private @Nullable Future<?> timer;
    private @Nullable Endpoint external;
    private PortMapView told = PortMapView.NOTHING;

    private PortMapDriver(PortMapper mapper, Gateway.Source gateways, Sink sink) {
        this.mapper = mapper;
        this.gateways = gateways;
        this.sink = sink;
    }

    /**
     * Starts; {@link #onPort} says what is to be mapped.
     *
     * @param allowed the protocols that may be spoken
     * @param entropy for use by the driver's thread, after this call
     */
    public static PortMapDriver start(Set<PortMapKind> allowed, Entropy entropy, Gateway.Source gateways, Sink sink) {
        return start(new PortMapper(allowed, entropy), gateways, sink);
    }

    /**
     * Only looks which protocols the router speaks, and asks for no port.
     *
     * @param entropy for use by the driver's thread, after this call
     */
    public static PortMapDriver look(Entropy entropy, Gateway.Source gateways, Sink sink) {
        return start(PortMapper.looking(entropy), gateways, sink);
    }

    private static PortMapDriver start(PortMapper mapper, Gateway.Source gateways, Sink sink) {
        PortMapDriver driver = new PortMapDriver(mapper, gateways, sink);
        driver.post(driver::watchGateway);
        return driver;
    }

    /** The UDP port that is to be reached; 0 for none. */
    public void onPort(int port) {
        post(() -> mapper.onPort(port, System.nanoTime()));
    }

    /** The host may be in another network. */
    public void onLinkChanged() {
        post(this::findGateway);
    }

    /** Datagrams that were dropped because too many waited. */
    public long lost() {
        return lost.get();
    }

    /** How far it got. */
    public CompletableFuture<PortMapView> view() {
        CompletableFuture<PortMapView> view = new CompletableFuture<>();
        try {
            executor.execute(() -> view.complete(mapper.view()));
        } catch (RejectedExecutionException e) {
            view.completeExceptionally(new IllegalStateException("port mapping is closed", e));
        }
        return view;
    }

    private void post(Runnable input) {
        try {
            executor.execute(() -> {
                input.run();
                carryOut();
            });
        } catch (RejectedExecutionException e) {
            LOG.log(Level.TRACE, "port mapping is closed", e);
        }
    }

    private void watchGateway() {
        findGateway();
        try {
            var _ = executor.schedule(() -> post(this::watchGateway), GATEWAY_NS, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.TRACE, "closed", e);
        }
    }

    private void findGateway() {
        Gateway found = gateways.find();
        if (Objects.equals(found, gateway)) {
            return;
        }
        gateway = null;
        closeChannel();
        if (found != null) {
            try {
                openChannel(found);
                gateway = found;
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "no socket towards the router: {0}", e.getMessage());
                closeChannel();
            }
        }
        if (gateway == null) {
            mapper.onNoGateway();
        } else {
            mapper.onGateway(gateway.address(), gateway.own(), System.nanoTime());
        }
    }

    /** Bound to the address that the router knows us by, which is also what keeps its datagrams out of the tunnel. */
    private void openChannel(Gateway of) throws IOException {
        DatagramChannel opened = DatagramChannel.open(StandardProtocolFamily.INET);
        channel = opened;
        opened.bind(new InetSocketAddress(inet(of.own()), 0));
        opened.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 2); // UPnP Device Architecture 1.1 section 1.3.2
        NetworkInterface device = NetworkInterface.getByName(of.device());
        if (device != null) {
            opened.setOption(StandardSocketOptions.IP_MULTICAST_IF, device);
        }
        Thread.ofVirtual().name("port-mapping-receiver").start(() -> receive(opened));
    }

    private void closeChannel() {
        DatagramChannel closing = channel;
        channel = null;
        if (closing != null) {
            try {
                closing.close();
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "a socket cannot be closed", e);
            }
        }
    }

    private void receive(DatagramChannel from) {
        ByteBuffer buffer = ByteBuffer.allocate(MAX_DATAGRAM);
        while (from.isOpen()) {
            try {
                buffer.clear();
                if (!(from.receive(buffer) instanceof InetSocketAddress source)) {
                    continue;
                }
                buffer.flip();
                byte[] datagram = new byte[buffer.remaining()];
                buffer.get(datagram);
                Endpoint address = endpoint(source);
                if (queued.incrementAndGet() > MAX_QUEUED) {
                    queued.decrementAndGet();
                    lost.incrementAndGet();
                    continue;
                }
                post(() -> {
                    queued.decrementAndGet();
                    if (from == channel) {
                        mapper.onDatagram(address, datagram, System.nanoTime());
                    }
                });
            } catch (AsynchronousCloseException e) {
                LOG.log(Level.TRACE, "another router, or the end", e);
            } catch (ClosedChannelException e) {
                LOG.log(Level.TRACE, "closed", e);
            } catch (IOException e) {
                LOG.log(
                        Level.DEBUG,
                        "receiving from the router failed",
                        e); // an ICMP error, say; the next one may come
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Endpoint endpoint(InetSocketAddress address) {
        Endpoint host = LocalAddresses.of(address.getAddress());
        return host.isV6() ? host : Endpoint.v4((int) host.low(), address.getPort());
    }

    private void carryOut() {
        for (PortMapAction action = mapper.poll(); action != null; action = mapper.poll()) {
            switch (action) {
                case PortMapAction.Send send -> send(send.datagram(), NatPmp.PORT, false);
                case PortMapAction.Search search -> send(search.datagram(), Ssdp.PORT, true);
                case PortMapAction.Request request -> request(request.number(), request.uri(), request.call());
                case PortMapAction.Changed changed -> external = changed.external();
            }
        }
        PortMapView view = mapper.view();
        if (!view.equals(told)) {
            if (!Objects.equals(view.external(), told.external())
                    || !view.refusals().equals(told.refusals())) {
                LOG.log(Level.INFO, () -> describe(view));
            }
            told = view;
            sink.onPortMap(external, view);
        }
        wakeUp();
    }

    private static String describe(PortMapView view) {
        Endpoint where = view.external();
        if (where != null && view.kind() != null) {
            return "the router leads " + where + " to this host, by "
                    + view.kind().title();
        }
        return view.refusals().isEmpty()
                ? "no port of the router leads to this host"
                : "the router gives no port: " + view.refusals();
    }

    private void send(byte[] datagram, int port, boolean toGroup) {
        DatagramChannel to = channel;
        Gateway router = gateway;
        if (to == null || router == null) {
            return; // it is gone, and so is whatever it mapped
        }
        try {
            to.send(ByteBuffer.wrap(datagram), new InetSocketAddress(inet(router.address()), port));
            if (toGroup) {
                to.send(ByteBuffer.wrap(datagram), new InetSocketAddress(inet(Ssdp.GROUP), port));
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "nothing can be sent to the router: {0}", e.getMessage());
        }
    }

    private static InetAddress inet(int address) throws UnknownHostException {
        return InetAddress.getByAddress(
                ByteBuffer.allocate(Integer.BYTES).putInt(address).array());
    }

    private void request(long number, URI uri, @Nullable IgdAction call) {
        try {
            requests.execute(() -> {
                GatewayHttp.Answer answer = GatewayHttp.request(uri, call);
                post(() -> mapper.onHttp(number, answer.status(), answer.body(), System.nanoTime()));
            });
        } catch (RejectedExecutionException e) {
            LOG.log(Level.TRACE, "closed", e);
        }
    }

    private void wakeUp() {
        if (timer != null) {
            timer.cancel(false);
        }
        long leftNs = Math.min(LONGEST_WAIT_NS, mapper.leftNs(System.nanoTime()));
        try {
            timer = executor.schedule(() -> post(() -> mapper.onTime(System.nanoTime())), leftNs, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            timer = null; // closed
        }
    }

    /** Ends the mapping and the thread; waits for the router to hear of it, a second and a half at most. */
    @Override
    public void close() {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        post(() -> {
            mapper.close();
            carryOut();
            requests.shutdown();
            ended.complete(null);
        });
        try {
            ended.get(CLOSING_MS, TimeUnit.MILLISECONDS);
            if (!requests.awaitTermination(CLOSING_MS, TimeUnit.MILLISECONDS)) {
                LOG.log(Level.DEBUG, "the router did not say whether it has ended the mapping");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.log(Level.WARNING, "the mapping of the router could not be ended", e);
        }
        executor.shutdownNow();
        requests.shutdownNow();
        closeChannel();
    }
}
