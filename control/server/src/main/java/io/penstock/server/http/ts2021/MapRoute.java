package io.penstock.server.http.ts2021;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.penstock.protocol.message.MapRequest;
import io.penstock.server.machine.Reports;
import io.penstock.server.map.MapSource;
import java.util.concurrent.Executor;

/** {@code POST /machine/map}: a report of the node, or a stream of maps. Thread-safe. */
final class MapRoute {
    private static final String UNKNOWN = "node not found";

    private final Reports reports;
    private final MapSource maps;
    private final Executor makers;
    private final Ts2021Limits limits;
    private final Ts2021Counters counters;

    MapRoute(Reports reports, MapSource maps, Executor makers, Ts2021Limits limits, Ts2021Counters counters) {
        this.reports = reports;
        this.maps = maps;
        this.makers = makers;
        this.limits = limits;
        this.counters = counters;
    }

    void handle(MachineConnection connection, Channel request, MapRequest message) {
        if (message.isReport()) {
            connection.work(request, () -> report(connection, request, message));
        } else {
            connection.work(request, () -> open(connection, request, message));
        }
    }

    /** On a worker. */
    private void report(MachineConnection connection, Channel request, MapRequest message) {
        if (reports.take(connection.machine(), message)) {
            Replies.empty(request, HttpResponseStatus.OK);
        } else {
            unknown(request);
        }
    }

    /** On a worker. */
    private void open(MachineConnection connection, Channel request, MapRequest message) {
        MapPoll poll = new MapPoll(request, makers, message.keepAlive(), limits, counters);
        switch (maps.open(connection.machine(), message, poll::wake)) {
            case MapSource.Opened.Stream opened -> poll.start(opened.stream());
            case MapSource.Opened.UnknownNode none -> unknown(request);
            case MapSource.Opened.Overloaded overloaded -> {
                counters.overloaded.increment();
                Replies.later(request);
            }
        }
    }

    private void unknown(Channel request) {
        counters.unknownNodes.increment();
        Replies.text(request, HttpResponseStatus.NOT_FOUND, UNKNOWN);
    }
}
