package io.penstock.node.coordination;

import io.penstock.protocol.message.PingRequest;
import java.net.URI;

/** Where a coordinator wants its pings answered. Stateless. */
final class Pings {
    /** A ping that brings a request to the node itself. */
    static final String C2N = "c2n";

    private Pings() {}

    /**
     * The path of the answer on the control connection, with its query; empty if it is to go anywhere else. A node calls nobody
     * in the coordinator's name.
     */
    static String pathOf(PingRequest ping) {
        if (!ping.urlIsNoise()) {
            return "";
        }
        try {
            URI url = URI.create(ping.url());
            String path = url.getRawPath() == null ? "" : url.getRawPath();
            return path.isEmpty() || url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
