package io.penstock.server.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.message.DerpMap;
import java.util.function.Supplier;

/**
 * Tells everybody which relays there are, as other coordinators do: a host that is yet to join measures them. Whoever knows a relay
 * is not let in by that. Thread-safe.
 */
public final class RelaysDoor implements Takeover {
    /** Where it is asked for, by GET. */
    public static final String PATH = "/derpmap/default";

    private final Supplier<DerpMap> relays;

    /** @param relays asked on the event loop of whoever asks, so it does not block */
    public RelaysDoor(Supplier<DerpMap> relays) {
        this.relays = relays;
    }

    @Override
    public boolean takes(String path) {
        return path.equals(PATH);
    }

    @Override
    public void take(Channel channel, FullHttpRequest request) {
        FullHttpResponse response = request.method().equals(HttpMethod.GET)
                ? Responses.json(HttpResponseStatus.OK, Json.write(relays.get()))
                : Responses.refusal(HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET");
        response.headers().set(HttpHeaderNames.CONNECTION, "close");
        channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }
}
