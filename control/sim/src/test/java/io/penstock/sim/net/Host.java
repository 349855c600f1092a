package io.penstock.sim.net;

import io.penstock.wireguard.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A host with a UDP socket, and more if wanted, at one address of each family, as a rule, and maybe a firewall of its own. */
public final class Host implements Attachment {
    private final Link link;
    private final int port;
    private final @Nullable Firewall firewall;
    private @Nullable Segment segment;
    private List<Endpoint> addresses = List.of();
    private @Nullable Consumer<Datagram> receiver;
    private final Map<Integer, Consumer<Datagram>> others = new HashMap<>(); // of further sockets, by their ports

    public Host(Link link, int port, @Nullable Firewall firewall) {
        this.link = link;
        this.port = port;
        this.firewall = firewall;
    }

    /** Who gets what comes in. */
    public void setReceiver(Consumer<Datagram> receiver) {
        this.receiver = receiver;
    }

    /** Opens another socket. */
    public void open(int otherPort, Consumer<Datagram> receiverThere) {
        if (otherPort == port || others.put(otherPort, receiverThere) != null) {
            throw new IllegalStateException("taken: port " + otherPort);
        }
    }

    @Override
    public Link link() {
        return link;
    }

    /** The network that it is in; null while it is in none. */
    public @Nullable Object place() {
        return segment;
    }

    public boolean hasFirewall() {
        return firewall != null;
    }

    /** Without a port. */
    public List<Endpoint> addresses() {
        return addresses;
    }

    /** Plugs it in at the internet itself. */
    public void plug(Internet internet, List<Endpoint> at) {
        plugIn(internet, at);
    }

    /** Plugs it in behind a router. */
    public void plug(Lan lan, List<Endpoint> at) {
        plugIn(lan, at);
    }

    private void plugIn(Segment into, List<Endpoint> at) {
        unplug();
        segment = into;
        addresses = List.copyOf(at);
        addresses.forEach(address -> into.attach(address, this));
    }

    public void unplug() {
        if (segment != null) {
            addresses.forEach(segment::detach);
        }
        segment = null;
        addresses = List.of();
        if (firewall != null) {
            firewall.forget();
        }
    }

    /** Sends from its socket. False if it has no address of that family, as the system would say at once. */
    public boolean send(Endpoint to, byte[] bytes, int length) {
        return send(port, to, bytes, length, false);
    }

    /** Sends from the socket at that port. */
    public boolean sendFrom(int fromPort, Endpoint to, byte[] bytes, int length) {
        return send(fromPort, to, bytes, length, false);
    }

    /** Sends from its socket, with the bit that forbids fragments; one that does not even fit the own link is lost. */
    public void sendWhole(Endpoint to, byte[] bytes) {
        send(port, to, bytes, bytes.length, true);
    }

    private boolean send(int fromPort, Endpoint to, byte[] bytes, int length, boolean isWhole) {
        Segment into = segment;
        for (Endpoint address : addresses) {
            if (address.isV6() == to.isV6() && into != null) {
                Datagram datagram =
                        new Datagram(Addresses.withPort(address, fromPort), to.withoutLocal(), bytes, length, isWhole);
                if (firewall != null) {
                    firewall.onOut(datagram);
                }
                into.send(this, datagram);
                return true;
            }
        }
        return false;
    }

    /** Sends from one of its addresses and a port of that. */
    public void sendFrom(Endpoint from, Endpoint to, byte[] bytes, int length) {
        Datagram datagram = new Datagram(from, to.withoutLocal(), bytes, length, false);
        if (firewall != null) {
            firewall.onOut(datagram);
        }
        Objects.requireNonNull(segment, "is in no network").send(this, datagram);
    }

    @Override
    public void receive(Datagram datagram) {
        boolean isMain = datagram.to().port() == port;
        Consumer<Datagram> other = others.get(datagram.to().port());
        if ((!isMain && other == null) || (firewall != null && !firewall.letsIn(datagram))) {
            return;
        }
        (isMain ? Objects.requireNonNull(receiver, "nobody listens") : Objects.requireNonNull(other)).accept(datagram);
    }

    /** All routers on its way to the internet, the nearest first. */
    public List<Router> routers() {
        List<Router> all = new ArrayList<>();
        Router next = segment instanceof Lan lan ? lan.router() : null;
        while (next != null) {
            all.add(next);
            next = next.upstream();
        }
        return all;
    }

    /** What a connection of its depends on: with another value all older ones are dead. */
    public String way() {
        StringBuilder out = new StringBuilder(String.valueOf(addresses));
        routers()
                .forEach(router ->
                        out.append(' ').append(router.address()).append('#').append(router.restarts()));
        return out.toString();
    }

    /** Who stands at the internet for it. */
    public Object edge() {
        List<Router> routers = routers();
        return routers.isEmpty() ? this : routers.getLast();
    }

    /** The link of its way to the internet. */
    public Link edgeLink() {
        List<Router> routers = routers();
        return routers.isEmpty() ? link : routers.getLast().link();
    }
}
