package io.penstock.cli.live.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Host;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.Underlay;
import io.penstock.cli.live.WgDevice;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A network namespace of the guest with one of its network cards. */
public final class GuestHost implements Host {
    private static final Duration LISTEN = Duration.ofSeconds(30);
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final GuestPort port;
    private final Site left;
    private final String name = "guest-" + COUNT.incrementAndGet();

    private GuestHost(GuestPort port, Site left) {
        this.port = port;
        this.left = left;
    }

    /** A site on this side and a host in the guest with a cable between them; waits for a free port. */
    public static Underlay<GuestHost> underlay(Guest guest) {
        GuestPort port = guest.borrow();
        Site left = Site.make("left");
        GuestHost host = new GuestHost(port, left);
        port.plugIn(left, host.name);
        return new Underlay<>(left, host);
    }

    /** Makes an interface of the kernel's own WireGuard. */
    public WgDevice addWireGuard() {
        String device = "wg" + COUNT.incrementAndGet();
        ip("link add " + device + " type wireguard");
        return new WgDevice(this, device) {
            @Override
            public void close() {
                ip("link del " + device);
            }
        };
    }

    /** Sends back what comes by TCP until it is closed. */
    public AutoCloseable echo(int tcpPort) {
        String pid = need("sh", "-c", "nc -ll -p " + tcpPort + " -e cat </dev/null >/dev/null 2>&1 & echo $!")
                .strip();
        Await.until("nc listens", LISTEN, () -> need("netstat", "-tln").contains(":" + tcpPort + " "));
        return () -> need("kill", pid);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Shell.Outcome run(Map<String, String> environment, List<String> command) {
        if (!environment.isEmpty()) {
            throw new IllegalArgumentException("the guest's commands have no environment of their own");
        }
        return port.run(name, command);
    }

    @Override
    public Shell.Outcome tryIp(String arguments) {
        return port.line().run("/bin/ip -n " + name + " " + arguments);
    }

    @Override
    public String file(String content) {
        String path = "/tmp/" + name + "-" + COUNT.incrementAndGet();
        String encoded = Base64.getEncoder().encodeToString((content + "\n").getBytes(UTF_8));
        need("sh", "-c", "echo " + encoded + " | base64 -d >" + path);
        return path;
    }

    @Override
    public void close() {
        port.pullOut(left, name);
    }
}
