package io.penstock.server.http;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.penstock.relay.edge.RelayDoor;

/** Gives connections for the relay to it: the coordinator has one inside, behind its own listener. Thread-safe. */
public record RelayTakeover(RelayDoor relay) implements Takeover {
    @Override
    public boolean takes(String path) {
        return relay.takes(path);
    }

    /** So that strangers who hold connections to the relay keep nobody from the coordinator. */
    @Override
    public boolean countsItsOwn() {
        return true;
    }

    @Override
    public void take(Channel channel, FullHttpRequest request) {
        relay.take(channel, HTTP_CODEC, request);
    }
}
