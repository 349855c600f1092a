package io.penstock.sim.net;

import io.penstock.wireguard.Endpoint;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Between a {@link Lan} and what is outside: translates IPv4 if it has a NAT, or leads public addresses in; IPv6 always as it is,
 * behind a firewall. For another LAN as what is outside it is the inner one of two in a row.
 */
public final class Router implements Attachment {
    private final Lan inside;
    private final Segment outside;
    private final Link link;
    private final @Nullable Nat nat;
    private final Firewall firewall;
    private final Set<Endpoint> leads = new LinkedHashSet<>(); // addresses inside that outside knows
    private Endpoint address;
    private int restarts;

    /** Whether datagrams pass, either way. */
    public boolean isUdpBlocked;

    /**
     * Between the two, from here on.
     *
     * @param nat null if the addresses inside are public
     * @param firewall for everything that is not translated
     */
    public Router(Lan inside, Segment outside, Link link, Endpoint address, @Nullable Nat nat, Firewall firewall) {
        this.inside = inside;
        this.outside = outside;
        this.link = link;
        this.address = address;
        this.nat = nat;
        this.firewall = firewall;
        outside.attach(address, this);
        inside.setRouter(this);
    }

    @Override
    public Link link() {
        return link;
    }

    public @Nullable Nat nat() {
        return nat;
    }

    /** What is outside, if that is another network behind a router. */
    public @Nullable Router upstream() {
        return outside instanceof Lan lan ? lan.router() : null;
    }

    public Endpoint address() {
        return address;
    }

    /** Another address outside; mappings go with the old one. */
    public void renumber(Endpoint other) {
        outside.detach(address);
        address = other;
        outside.attach(address, this);
        restart();
    }

    /** It remembers nothing. */
    public void restart() {
        if (nat != null) {
            nat.forget();
        }
        firewall.forget();
        restarts++;
    }

    /** How often it has forgotten everything, so that connections through it are dead. */
    public int restarts() {
        return restarts;
    }

    void onInside(Endpoint host, boolean isThere) {
        if (!host.isV6() && nat != null) {
            return;
        }
        if (isThere && leads.add(host)) {
            outside.attach(host, this);
        } else if (!isThere && leads.remove(host)) {
            outside.detach(host);
        }
    }

    void fromInside(Datagram datagram) {
        if (isUdpBlocked) {
            return;
        }
        if (nat == null || datagram.to().isV6()) {
            firewall.onOut(datagram);
            outside.send(this, datagram);
            return;
        }
        boolean isHairpin = Addresses.of(datagram.to()).equals(address);
        if (isHairpin && nat.kind().hairpin() == NatKind.Hairpin.NO) {
            return;
        }
        Datagram translated = datagram.from(Addresses.withPort(address, nat.out(datagram.from(), datagram.to())));
        if (isHairpin) {
            translateIn(nat, translated);
        } else {
            outside.send(this, translated);
        }
    }

    @Override
    public void receive(Datagram datagram) {
        if (isUdpBlocked) {
            return;
        }
        if (leads.contains(Addresses.of(datagram.to()))) {
            if (firewall.letsIn(datagram)) {
                inside.deliver(datagram);
            }
        } else if (nat != null) {
            translateIn(nat, datagram);
        }
    }

    private void translateIn(Nat by, Datagram datagram) {
        Endpoint host = by.in(datagram.to().port(), datagram.from());
        if (host != null) {
            inside.deliver(datagram.to(host));
        }
    }
}
