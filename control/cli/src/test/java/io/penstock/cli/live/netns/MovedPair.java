package io.penstock.cli.live.netns;

import io.penstock.cli.live.Site;

/**
 * Both programs in one site that has nothing but its loopback, and their interfaces each in a room of its own.
 *
 * <pre>
 *   left                        world                        right
 *   10.66.0.1, fd66::1    127.0.0.1, ::1 on lo               10.66.0.2, fd66::2
 *   the interface of -----> port 51661  port 51662 <----- the interface of
 * </pre>
 */
final class MovedPair implements AutoCloseable {
    final Site world;
    final Site left;
    final Site right;
    final Pair pair;

    private MovedPair(Site world, Site left, Site right, Pair pair) {
        this.world = world;
        this.left = left;
        this.right = right;
        this.pair = pair;
    }

    static MovedPair start() {
        Site world = Site.make("world");
        Site left = Site.make("left");
        Site right = Site.make("right");
        try {
            return new MovedPair(world, left, right, Pair.start(world, left, world, right, 66));
        } catch (Throwable t) {
            try (world;
                    left;
                    right) {
                throw t;
            }
        }
    }

    Side left() {
        return pair.left;
    }

    Side right() {
        return pair.right;
    }

    /** An endpoint in the world. */
    static String at(boolean v6, Side side) {
        return (v6 ? "[::1]:" : "127.0.0.1:") + side.port;
    }

    /** Each is told where the other is. */
    void meet(boolean v6Outside) {
        left().learn(right(), at(v6Outside, right()));
        right().learn(left(), at(v6Outside, left()));
    }

    /** Also between the two messages of a renewal, or with a handshake yet to be made. */
    void meetAndReach(boolean v6Outside) {
        meet(v6Outside);
        left().awaitReach(right());
        right().awaitReach(left());
    }

    @Override
    public void close() {
        try (world;
                left;
                right;
                pair) {
            // in reverse: the programs first
        }
    }
}
