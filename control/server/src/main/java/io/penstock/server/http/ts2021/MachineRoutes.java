package io.penstock.server.http.ts2021;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Headers;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.RegisterRequest;
import io.penstock.protocol.ts2021.CapabilityVersion;
import io.penstock.server.machine.Pings;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** What machines may ask for, by path. Requests are handed over on the event loop of their connection. Thread-safe. */
final class MachineRoutes {
    private static final byte[] NOT_IMPLEMENTED =
            "{\"error\":\"this coordinator does not offer that\"}".getBytes(StandardCharsets.UTF_8);

    /** What the protocol has and we have not. */
    private static final Set<String> ABSENT = Set.of(
            "/machine/set-dns",
            "/machine/set-device-attr",
            "/machine/audit-log",
            "/machine/id-token",
            "/machine/feature/query",
            "/machine/update-health",
            "/machine/whoami");

    private static final Set<String> ABSENT_TREES = Set.of("/machine/ssh/", "/machine/webclient/", "/machine/tka/");

    private final RegisterRoute register;
    private final MapRoute map;
    private final PingRoute ping;
    private final Ts2021Counters counters;

    MachineRoutes(RegisterRoute register, MapRoute map, PingRoute ping, Ts2021Counters counters) {
        this.register = register;
        this.map = map;
        this.ping = ping;
        this.counters = counters;
    }

    void handle(MachineConnection connection, Channel request, Http2Headers headers, byte[] body) {
        counters.requests.increment();
        String path = pathOf(headers);
        String method = headers.method() == null ? "" : headers.method().toString();
        switch (path) {
            case RegisterRequest.PATH, MapRequest.PATH -> {
                if (HttpMethod.POST.name().equals(method)) {
                    post(connection, request, path, body);
                } else {
                    Replies.text(request, HttpResponseStatus.METHOD_NOT_ALLOWED, "only POST");
                }
            }
            case Pings.PATH -> ping.handle(connection, request, headers, body);
            default -> {
                if (isAbsent(path)) {
                    Replies.json(request, HttpResponseStatus.NOT_IMPLEMENTED, NOT_IMPLEMENTED);
                } else {
                    Replies.text(request, HttpResponseStatus.NOT_FOUND, "no such path");
                }
            }
        }
    }

    private static String pathOf(Http2Headers headers) {
        String path = headers.path() == null ? "" : headers.path().toString();
        int query = path.indexOf('?');
        return query < 0 ? path : path.substring(0, query);
    }

    private static boolean isAbsent(String path) {
        return ABSENT.contains(path) || ABSENT_TREES.stream().anyMatch(path::startsWith);
    }

    private void post(MachineConnection connection, Channel request, String path, byte[] body) {
        try {
            if (path.equals(RegisterRequest.PATH)) {
                RegisterRequest message = RegisterRequest.decode(body);
                if (isAdmitted(request, message.version())) {
                    register.handle(connection, request, message);
                }
            } else {
                MapRequest message = MapRequest.decode(body);
                if (isAdmitted(request, message.version())) {
                    map.handle(connection, request, message);
                }
            }
        } catch (MalformedMessageException e) {
            counters.malformed.increment();
            Replies.text(request, HttpResponseStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    private boolean isAdmitted(Channel request, int version) {
        if (CapabilityVersion.isAdmitted(version)) {
            return true;
        }
        counters.tooOld.increment();
        Replies.text(request, HttpResponseStatus.BAD_REQUEST, TooOld.text(version));
        return false;
    }
}
