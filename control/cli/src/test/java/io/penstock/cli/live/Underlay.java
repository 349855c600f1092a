package io.penstock.cli.live;

/** Two sites and a cable between them, with IPv4 and IPv6 on it: the network outside the tunnel. */
final class Underlay implements AutoCloseable {
    static final String CABLE = "outside";
    private static final String NETWORK4 = "192.0.2.";
    private static final String NETWORK6 = "2001:db8::";

    final Site left;
    final Site right;

    Underlay() {
        left = Site.make("left");
        right = Site.make("right");
        left.ip("link add " + CABLE + " type veth peer name " + CABLE + " netns " + right.name());
        plug(left, 1);
        plug(right, 2);
    }

    private static void plug(Site site, int host) {
        site.ip("link set " + CABLE + " up");
        addAddress(site, host);
    }

    /** Gives a site the addresses that end in {@code host}. */
    static void addAddress(Site site, int host) {
        site.ip("addr add " + NETWORK4 + host + "/24 dev " + CABLE);
        site.ip("addr add " + NETWORK6 + host + "/64 dev " + CABLE + " nodad");
    }

    /** Takes a site's addresses away and gives it others. */
    static void moveAddress(Site site, int from, int to) {
        site.ip("addr del " + NETWORK4 + from + "/24 dev " + CABLE);
        site.ip("addr del " + NETWORK6 + from + "/64 dev " + CABLE);
        addAddress(site, to);
    }

    /** An endpoint as {@code wg} writes it. */
    static String endpoint(boolean v6, int host, int port) {
        return v6 ? "[" + NETWORK6 + host + "]:" + port : NETWORK4 + host + ":" + port;
    }

    @Override
    public void close() {
        left.close();
        right.close();
    }
}
