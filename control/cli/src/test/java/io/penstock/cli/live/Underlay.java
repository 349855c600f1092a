package io.penstock.cli.live;

/** Two hosts and a cable between them, with IPv4 and IPv6 on it: the network outside the tunnel. */
public final class Underlay<R extends Host> implements AutoCloseable {
    /** The name of the cable's link on both hosts. */
    public static final String CABLE = "outside";

    private static final String NETWORK4 = "192.0.2.";
    private static final String NETWORK6 = "2001:db8::";

    public final Site left;
    public final R right;

    /** Takes over two hosts that a cable joins already; their addresses end in 1 and 2. */
    public Underlay(Site left, R right) {
        this.left = left;
        this.right = right;
        plug(left, 1);
        plug(right, 2);
    }

    public static Underlay<Site> make() {
        Site left = Site.make("left");
        Site right = Site.make("right");
        left.ip("link add " + CABLE + " type veth peer name " + CABLE + " netns " + right.name());
        return new Underlay<>(left, right);
    }

    private static void plug(Host host, int number) {
        host.ip("link set " + CABLE + " up");
        addAddress(host, number);
    }

    /** Gives a host the addresses that end in {@code number}. */
    public static void addAddress(Host host, int number) {
        host.ip("addr add " + NETWORK4 + number + "/24 dev " + CABLE);
        host.ip("addr add " + NETWORK6 + number + "/64 dev " + CABLE + " nodad");
    }

    /** Gives a host further addresses, which it does not use by itself and keeps when others go. */
    public static void addSideAddress(Host host, int number) {
        host.ip("addr add " + NETWORK4 + number + "/32 dev " + CABLE);
        host.ip("addr add " + NETWORK6 + number + "/128 dev " + CABLE + " nodad preferred_lft 0");
    }

    /** Takes a host's addresses away and gives it others. */
    public static void moveAddress(Host host, int from, int to) {
        host.ip("addr del " + NETWORK4 + from + "/24 dev " + CABLE);
        host.ip("addr del " + NETWORK6 + from + "/64 dev " + CABLE);
        addAddress(host, to);
    }

    public static String address(boolean v6, int number) {
        return v6 ? NETWORK6 + number : NETWORK4 + number;
    }

    /** An endpoint as {@code wg} writes it. */
    public static String endpoint(boolean v6, int number, int port) {
        return v6 ? "[" + address(true, number) + "]:" + port : address(false, number) + ":" + port;
    }

    @Override
    public void close() {
        try (left;
                right) {
            // the right one first: it may hang on the left one's end of the cable
        }
    }
}
