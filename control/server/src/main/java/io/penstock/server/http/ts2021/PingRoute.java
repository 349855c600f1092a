package io.penstock.server.http.ts2021;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http2.Http2Headers;
import io.penstock.server.machine.Pings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code /machine/ping-response}: the answers of nodes that were asked whether they are there. To whom nobody waits for nothing is
 * there, be the id wrong, late, used or another machine's. On the event loop of the connection; thread-safe.
 */
final class PingRoute {
    private final Pings pings;
    private final Ts2021Counters counters;

    PingRoute(Pings pings, Ts2021Counters counters) {
        this.pings = pings;
        this.counters = counters;
    }

    void handle(MachineConnection connection, Channel request, Http2Headers headers, byte[] body) {
        String id = idOf(headers);
        Pings.Way way = pings.wayOf(connection.machine(), id);
        if (way == null) {
            Replies.empty(request, HttpResponseStatus.NOT_FOUND);
            return;
        }
        HttpMethod wanted =
                switch (way) {
                    case HEAD -> HttpMethod.HEAD;
                    case ECHO -> HttpMethod.POST;
                };
        if (!wanted.name().contentEquals(headers.method() == null ? "" : headers.method())) {
            Replies.empty(request, HttpResponseStatus.METHOD_NOT_ALLOWED);
            return;
        }
        switch (way) {
            case HEAD -> reply(request, pings.alive(id));
            case ECHO -> echo(request, id, body);
        }
    }

    private void echo(Channel request, String id, byte[] body) {
        switch (EchoResponse.read(body)) {
            case EchoResponse.Read.Whole whole -> reply(request, pings.echoed(id, whole.status(), whole.content()));
            case EchoResponse.Read.TooLong tooLong -> {
                counters.tooLarge.increment();
                pings.unreadable(id, "its answer has more than " + EchoResponse.MAX_BYTES + " bytes");
                Replies.empty(request, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE);
            }
            case EchoResponse.Read.Malformed malformed -> {
                counters.malformed.increment();
                pings.unreadable(id, "its answer is not a response of HTTP/1");
                Replies.empty(request, HttpResponseStatus.BAD_REQUEST);
            }
        }
    }

    private static void reply(Channel request, boolean inTime) {
        Replies.empty(request, inTime ? HttpResponseStatus.OK : HttpResponseStatus.NOT_FOUND);
    }

    /** Empty, which is the id of nothing, if there is none or more than one. */
    private static String idOf(Http2Headers headers) {
        try {
            @Nullable List<String> ids = new QueryStringDecoder(String.valueOf(headers.path()))
                    .parameters()
                    .get(Pings.ID);
            return ids == null || ids.size() != 1 ? "" : ids.getFirst();
        } catch (IllegalArgumentException e) {
            return ""; // not the escapes of a query
        }
    }
}
