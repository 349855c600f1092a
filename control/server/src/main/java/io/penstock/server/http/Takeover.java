package io.penstock.server.http;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.FullHttpRequest;

/**
 * Whoever serves some paths without the listener's help: upgrades of the connection to something else, and what machines ask
 * for that comes with no cookie and no token. Such paths may be called by any host name. Thread-safe; each connection is taken on
 * its own event loop.
 */
public interface Takeover {
    /** The name of HTTP/1.1 in the pipeline of a connection that was taken. */
    String HTTP_CODEC = "http";

    /** Whether the connection of a request for this path, without its query, is to be taken, whatever the method. */
    boolean takes(String path);

    /**
     * Whether the taker has a limit of its own for the connections that it has; else they still count as the listener's, until they
     * close.
     */
    default boolean countsItsOwn() {
        return false;
    }

    /**
     * Takes the connection. Its pipeline has TLS, if there is any, and then {@link #HTTP_CODEC} and no handler of ours: the taker
     * adds its own. A response of HTTP can be written to the codec as long as it is there; when it is removed, bytes that came
     * behind the request are read by the handler that follows it, so that handler has to be added before. From here on the
     * connection, with every time limit, is the taker's; the listener closes it at its own end.
     *
     * @param request whole, of a body within the listener's limit; stays the caller's, valid during the call
     */
    void take(Channel channel, FullHttpRequest request);
}
