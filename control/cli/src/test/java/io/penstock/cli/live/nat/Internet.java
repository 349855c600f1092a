package io.penstock.cli.live.nat;

import io.penstock.cli.live.Site;

/** A switch on which every router of a site has a public address, and servers have theirs. */
final class Internet implements AutoCloseable {
    static final String NETWORK = "203.0.113.";

    private static final String SWITCH = "switch";

    private static final int ROUTER = 254;

    final Site site = Site.make("internet");

    /** With these public addresses of servers, whose last parts are given. */
    Internet(int... servers) {
        site.ip("link add " + SWITCH + " type bridge");
        for (int server : servers) {
            site.ip("addr add " + NETWORK + server + "/24 dev " + SWITCH);
        }
        site.ip("addr add " + NETWORK + ROUTER + "/24 dev " + SWITCH);
        site.ip("link set " + SWITCH + " up");
    }

    /** Gives a machine a link {@code wan} with that public address. */
    void plug(Site other, int number, String address) {
        site.ip("link add to-" + number + " type veth peer name wan netns " + other.name());
        site.ip("link set to-" + number + " master " + SWITCH + " up");
        other.ip("addr add " + address + "/24 dev wan");
        other.ip("link set wan up");
        other.ip("route add default via " + NETWORK + ROUTER);
    }

    @Override
    public void close() {
        site.close();
    }
}
