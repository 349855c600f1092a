package io.penstock.node.netcheck;

import io.penstock.engine.SystemEntropy;
import io.penstock.node.netcheck.core.HostAddresses;
import io.penstock.node.netcheck.core.Netcheck;
import io.penstock.node.netcheck.core.NetcheckAction;
import io.penstock.node.netcheck.core.NetcheckReport;
import io.penstock.node.netcheck.core.StunServerName;
import io.penstock.node.path.LocalAddresses;
import io.penstock.node.path.core.RegionSurvey;
import io.penstock.node.portmap.Gateway;
import io.penstock.node.portmap.PortMapDriver;
import io.penstock.node.portmap.core.PortMapView;
import io.penstock.node.relay.RelayTimer;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.stun.discovery.ProbeSocket;
import io.penstock.wireguard.Endpoint;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.Selector;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the network in front of this host, as {@link Netcheck} decides, again and again if wanted: earlier looks count for the
 * choice of a home relay. For one thread, which {@link #run} holds until the look has ended.
 */
public final class NetcheckRunner {
    /** What other threads have found out and was not looked at yet: a name, a region, a state of the router each. */
    private static final int MAX_NEWS = 256;

    /** After so long without any answer it looks as if no datagram gets through. */
    private static final long SILENCE_NS = 700_000_000L;

    private static final System.Logger LOG = System.getLogger(NetcheckRunner.class.getName());

    /** A call of the state machine. */
    private interface Input {
        void at(long nowNs);
    }

    private final DerpMap map;
    private final List<StunServerName> servers;
    private final boolean asksRouter;
    private final RegionSurvey survey;
    private final SystemEntropy entropy = new SystemEntropy();

    /**
     * Of these relays and servers.
     *
     * @param home the region that is home already, 0 for none
     * @param servers of STUN besides those of the relays
     * @param asksRouter whether to look for protocols that map ports
     */
    public NetcheckRunner(DerpMap map, int home, List<StunServerName> servers, boolean asksRouter) {
        this.map = map;
        this.servers = List.copyOf(servers);
        this.asksRouter = asksRouter;
        survey = new RegionSurvey(map, home, entropy);
    }

    /**
     * Looks once, for some seconds.
     *
     * @throws IOException if this host has no sockets to give
     */
    public NetcheckReport run() throws IOException {
        BlockingQueue<Input> news = new ArrayBlockingQueue<>(MAX_NEWS);
        try (Selector selector = Selector.open();
                ProbeSockets sockets = ProbeSockets.open(selector);
                Look look = new Look(selector, sockets, news)) {
            return look.run();
        }
    }

    /** One look. */
    private final class Look implements AutoCloseable {
        private final Selector selector;
        private final ProbeSockets sockets;
        private final BlockingQueue<Input> news;
        private final Netcheck check;
        private final @Nullable PortMapDriver router;
        private @Nullable RelayTimer relays; // where no datagram gets through
        private boolean isWarm;

        Look(Selector selector, ProbeSockets sockets, BlockingQueue<Input> news) throws IOException {
            this.selector = selector;
            this.sockets = sockets;
            this.news = news;
            List<Endpoint> local = LocalAddresses.ofSystem().list();
            HostAddresses host = new HostAddresses(
                    local == null ? List.of() : local, sockets.mappingPort(false), sockets.mappingPort(true));
            Gateway gateway = asksRouter ? Gateway.ofSystem() : null;
            check = new Netcheck(survey, map, servers, host, gateway != null, entropy, System.nanoTime());
            router = gateway == null
                    ? null
                    : PortMapDriver.look(new SystemEntropy(), () -> gateway, (external, view) -> tell(view));
        }

        private void tell(PortMapView view) {
            post(now -> check.onPortMap(view));
        }

        private void post(Input input) {
            if (!news.offer(input)) {
                LOG.log(Level.DEBUG, "more news than anybody looks at"); // the look ends by its own limit
            }
            selector.wakeup();
        }

        NetcheckReport run() throws IOException {
            long startNs = System.nanoTime();
            perform();
            while (!check.isDone()) {
                long leftNs = check.leftNs(System.nanoTime());
                selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(leftNs) + 1));
                for (Input input = news.poll(); input != null; input = news.poll()) {
                    input.at(System.nanoTime());
                }
                sockets.receive((at, source, datagram) -> check.onDatagram(at, source, datagram, System.nanoTime()));
                check.onTime(System.nanoTime());
                perform();
                if (!isWarm
                        && System.nanoTime() - startNs > SILENCE_NS
                        && !check.report().isUdpOpen()) {
                    warmUp();
                }
            }
            return check.report();
        }

        private void perform() throws IOException {
            for (NetcheckAction action = check.poll(); action != null; action = check.poll()) {
                switch (action) {
                    case NetcheckAction.Send send -> sockets.send(send.from(), send.to(), send.datagram());
                    case NetcheckAction.Resolve resolve -> resolve(resolve.hostName());
                    case NetcheckAction.MeasureConnect measure -> measure(measure.region());
                }
            }
        }

        private void resolve(String hostName) {
            Thread.ofVirtual().name("netcheck-resolver").start(() -> {
                List<Endpoint> found = List.of();
                try {
                    found = Arrays.stream(InetAddress.getAllByName(hostName))
                            .map(LocalAddresses::of)
                            .toList();
                } catch (UnknownHostException e) {
                    LOG.log(Level.DEBUG, "no address of {0}", hostName);
                }
                List<Endpoint> answer = found;
                post(now -> check.onResolved(hostName, answer, now));
            });
        }

        private void measure(int region) throws IOException {
            timer().measure(region, ns -> post(now -> check.onConnectTime(region, ns, now)));
        }

        /** Connects for nothing: the first connection of a program pays for the loading of TLS, which is no latency of a relay. */
        private void warmUp() throws IOException {
            isWarm = true;
            if (map.regions() != null && !map.regions().isEmpty()) {
                timer().measure(map.regions().keySet().iterator().next(), ns -> LOG.log(Level.DEBUG, "TLS is loaded"));
            }
        }

        private RelayTimer timer() throws IOException {
            RelayTimer timer = relays;
            if (timer == null) {
                timer = RelayTimer.start(map, System.getenv());
                relays = timer;
            }
            return timer;
        }

        @Override
        public void close() {
            if (router != null) {
                router.close();
            }
            if (relays != null) {
                relays.close();
            }
        }
    }

    /** A datagram that came. */
    interface Receiver {
        void on(ProbeSocket at, Endpoint source, byte[] datagram);
    }
}
