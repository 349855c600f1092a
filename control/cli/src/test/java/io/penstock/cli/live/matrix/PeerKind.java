package io.penstock.cli.live.matrix;

import io.penstock.cli.live.Echo;
import io.penstock.cli.live.Host;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.Underlay;
import io.penstock.cli.live.WgDevice;
import io.penstock.cli.live.WgInterface;
import io.penstock.cli.live.guest.Guest;
import io.penstock.cli.live.guest.GuestHost;
import java.util.Map;
import java.util.function.Supplier;

/** An implementation of WireGuard that we talk to, and the machine that it runs on. */
interface PeerKind {
    String name();

    /** A new network with a host of this kind at its right end, which the caller closes. */
    Underlay<? extends Host> underlay();

    /** A new interface on the right host of an underlay of this kind. */
    WgDevice start(Host host);

    /** Whether this is us again. */
    boolean isOurs();

    /** Whether it has to be told an endpoint again after its own address changed, lest it clings to the source address that it had. */
    boolean clingsToItsAddress();

    /** Whether it is emulated: an order of magnitude slower. */
    boolean isSlow();

    /** Makes a server for {@code Echo.exchange} on its host; it goes with the host. */
    AutoCloseable echo(Host host, int port);

    /** A program of this machine, in a network namespace. */
    record Local(Program program, Map<String, String> environment) implements PeerKind {
        public Local {
            environment = Map.copyOf(environment);
        }

        @Override
        public String name() {
            return program.name();
        }

        @Override
        public Underlay<Site> underlay() {
            return Underlay.make();
        }

        @Override
        public WgInterface start(Host host) {
            return WgInterface.start(program, (Site) host, WgInterface.newName(), environment);
        }

        @Override
        public boolean isOurs() {
            return program.equals(Program.PENSTOCK);
        }

        @Override
        public boolean clingsToItsAddress() {
            return !isOurs();
        }

        @Override
        public boolean isSlow() {
            return false;
        }

        @Override
        public AutoCloseable echo(Host host, int port) {
            return Echo.start((Site) host, port);
        }
    }

    /** Linux's own, in the guest, which boots in the background. */
    record Kernel(Supplier<Guest> guest) implements PeerKind {
        @Override
        public String name() {
            return "Linux";
        }

        @Override
        public Underlay<GuestHost> underlay() {
            return GuestHost.underlay(guest.get());
        }

        @Override
        public WgDevice start(Host host) {
            return ((GuestHost) host).addWireGuard();
        }

        @Override
        public boolean isOurs() {
            return false;
        }

        @Override
        public boolean clingsToItsAddress() {
            return false;
        }

        @Override
        public boolean isSlow() {
            return true;
        }

        @Override
        public AutoCloseable echo(Host host, int port) {
            return ((GuestHost) host).echo(port);
        }
    }
}
