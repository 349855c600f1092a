package io.penstock.cli.live.nat;

import io.penstock.cli.live.Site;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.lab.nat.FirewallRules;
import io.penstock.lab.nat.NatKind;
import io.penstock.lab.nat.NatRouter;
import io.penstock.lab.nat.NatRules;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A site behind a router of some kind: a gateway, and a host with a firewall of its own, which sends what is for other sites to the
 * gateway.
 *
 * <pre>
 *              wan                lan0  ╭── .2 gateway
 *   internet ─────── router ────────────┤
 *           public     192.168.N.1      ╰── .3 host (lets nothing in but port 9000)
 * </pre>
 *
 * Behind a double router the provider's stands between it and the internet, with a network 10.64.N.0/24 inside. Two sites behind one
 * hairpin router are its lan0 and lan1, which do not reach each other.
 */
final class NatSite implements AutoCloseable {
    static final int TRANSFER_PORT = 9000;

    private static final String OTHER_SITES = "192.168.0.0/16";
    private static final String OVERLAY = "100.64.0.0/10";

    final String name;
    final NatKind kind;
    final int number;
    final Site router;
    final Site gateway;
    final Site host;
    private final int publicNumber;
    private final List<Site> own = new ArrayList<>();

    private NatSite(String name, NatKind kind, int number, Site router, int publicNumber) throws IOException {
        this.name = name;
        this.kind = kind;
        this.number = number;
        this.router = router;
        this.publicNumber = publicNumber;
        gateway = own(Site.make(name + "-gw"));
        host = own(Site.make(name + "-host"));
    }

    /**
     * A site with a router of its own.
     *
     * @param number of its network, and the last part of its public address
     */
    static NatSite make(Internet internet, String name, NatKind kind, int number) throws IOException {
        Site router = Site.make(name + "-router");
        NatSite site = new NatSite(name, kind, number, router, number);
        site.own(router);
        String address = Internet.NETWORK + number;
        if (kind == NatKind.DOUBLE) {
            Site provider = site.own(Site.make(name + "-isp"));
            internet.plug(provider, number, address);
            provider.ip("link add lan0 type veth peer name wan netns " + router.name());
            provider.ip("addr add 10.64." + number + ".1/24 dev lan0");
            provider.ip("link set lan0 up");
            become(provider, kind, address);
            address = "10.64." + number + ".2";
            router.ip("addr add " + address + "/24 dev wan");
            router.ip("link set wan up");
            router.ip("route add default via 10.64." + number + ".1");
        } else {
            internet.plug(router, number, address);
        }
        site.makeLan(0);
        become(router, kind, address);
        return site;
    }

    /** A site behind the router of another one, as another customer of the same provider. */
    static NatSite beside(NatSite other, String name, int number) throws IOException {
        NatSite site = new NatSite(name, other.kind, number, other.router, other.publicNumber);
        site.makeLan(1);
        return site;
    }

    private Site own(Site site) {
        own.add(site);
        return site;
    }

    private static void become(Site router, NatKind kind, String address) throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.open(router.name())) {
            NatRouter.become(namespace, kind, address);
        }
    }

    private void makeLan(int index) throws IOException {
        String lan = NatRules.INSIDE + index;
        router.ip("link add " + lan + " type bridge");
        router.ip("addr add " + network() + "1/24 dev " + lan);
        router.ip("link set " + lan + " up");
        int last = 2;
        for (Site machine : List.of(gateway, host)) {
            String port = "p" + index + "-" + last;
            router.ip("link add " + port + " type veth peer name eth0 netns " + machine.name());
            router.ip("link set " + port + " master " + lan + " up");
            machine.ip("addr add " + network() + last++ + "/24 dev eth0");
            machine.ip("link set eth0 up");
            machine.ip("route add default via " + network() + "1");
        }
        for (String others : List.of(OTHER_SITES, OVERLAY)) {
            host.ip("route add " + others + " via " + network() + "2");
        }
        load(host, FirewallRules.host(List.of(), List.of(TRANSFER_PORT)));
    }

    static void load(Site site, String rules) throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.open(site.name())) {
            NatRouter.load(namespace, rules);
        }
    }

    /** Such as {@code 192.168.7.}: the site's network is all of it. */
    String network() {
        return "192.168." + number + ".";
    }

    String hostAddress() {
        return network() + 3;
    }

    /** What the internet sees of it. */
    String publicAddress() {
        return Internet.NETWORK + publicNumber;
    }

    /** How many flows of datagrams each router between here and the internet has translated, the nearest first. */
    List<Long> translated() {
        List<Long> counts = new ArrayList<>();
        for (Site site : own) {
            if (site == router || site.name().endsWith("-isp")) {
                counts.add(counter(site, "router", NatRules.TRANSLATED));
            }
        }
        return counts;
    }

    static long counter(Site site, String table, String counter) {
        String family = table.equals("router") ? "ip" : "inet";
        String text = site.need("nft", "list", "counter", family, table, counter);
        String number = text.replaceAll("(?s).*packets (\\d+) bytes.*", "$1");
        return Long.parseLong(number);
    }

    @Override
    public void close() {
        own.forEach(Site::close);
    }

    @Override
    public String toString() {
        return name;
    }
}
