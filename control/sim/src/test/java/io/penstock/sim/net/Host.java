package io.penstock.sim.net;

import io.penstock.wireguard.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A host with one UDP socket, at one address of each family at most, and maybe a firewall of its own. */
public final class Host implements Attachment {
    private final Link link;
    private final int port;
    private final @Nullable Firewall firewall;
    private @Nullable Segment segment;
    private List<Endpoint> addresses = List.of();
    private @Nullable Consumer<Datagram> receiver;

    public Host(Link link, int port, @Nullable Firewall firewall) {
        this.link = link;
        this.port = port;
        this.firewall = firewall;
    }

    /** Who gets what comes in. */
    public void setReceiver(Consumer<Datagram> receiver) {
        this.receiver = receiver;
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
        Segment into = segment;
        for (Endpoint address : addresses) {
            if (address.isV6() == to.isV6() && into != null) {
                Datagram datagram = new Datagram(Addresses.withPort(address, port), to.withoutLocal(), bytes, length);
                if (firewall != null) {
                    firewall.onOut(datagram);
                }
                into.send(this, datagram);
                return true;
            }
        }
        return false;
    }

    @Override
    public void receive(Datagram datagram) {
        if (datagram.to().port() != port || (firewall != null && !firewall.letsIn(datagram))) {
            return;
        }
        Objects.requireNonNull(receiver, "nobody listens").accept(datagram);
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
