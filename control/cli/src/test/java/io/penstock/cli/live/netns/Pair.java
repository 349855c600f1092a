package io.penstock.cli.live.netns;

import io.penstock.cli.live.KeyPair;
import io.penstock.cli.live.Site;

/** Two sides that have each other as peer, with a preshared key. Neither knows the other's endpoint before it is told. */
final class Pair implements AutoCloseable {
    final Side left;
    final Side right;
    final String presharedKey = KeyPair.presharedKey();

    private Pair(Side left, Side right) {
        this.left = left;
        this.right = right;
    }

    /** Programs and interfaces in the same two sites. */
    static Pair start(Site left, Site right) {
        return start(left, left, right, right, 66);
    }

    /**
     * Starts both programs and configures them.
     *
     * @param network see {@link Side#start}
     */
    static Pair start(Site leftHome, Site leftRoom, Site rightHome, Site rightRoom, int network) {
        Side left = Side.start(leftHome, leftRoom, network, 1);
        try {
            Pair pair = new Pair(left, Side.start(rightHome, rightRoom, network, 2));
            try {
                pair.configure();
                return pair;
            } catch (Throwable t) {
                pair.right.close();
                throw t;
            }
        } catch (Throwable t) {
            left.close();
            throw t;
        }
    }

    private void configure() {
        String psk = "preshared-key " + left.room.file(presharedKey) + " allowed-ips ";
        left.configure();
        right.configure();
        left.peer(right.keys.publicKey(), psk + right.inner4 + "/32," + right.inner6 + "/128");
        right.peer(left.keys.publicKey(), psk + left.inner4 + "/32," + left.inner6 + "/128");
    }

    @Override
    public void close() {
        try (left;
                right) {
            // each of them even if the other fails
        }
    }
}
