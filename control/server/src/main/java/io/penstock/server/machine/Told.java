package io.penstock.server.machine;

import io.penstock.protocol.json.Json;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.NetInfo;
import io.penstock.server.model.Contact;
import io.penstock.server.model.Host;
import io.penstock.server.model.IpAddress;
import io.penstock.server.model.NodeEndpoint;
import io.penstock.server.model.Routes;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a node tells about itself, in the model's words and within its bounds. Stateless but for the counters. */
final class Told {
    private static final int KINDS = MapRequest.ENDPOINT_EXPLICIT;

    private final MachineCounters counters;

    Told(MachineCounters counters) {
        this.counters = counters;
    }

    /** What the node is, as its peers are shown; what changes by itself is left out. */
    Host host(@Nullable Hostinfo info, int version) {
        Hostinfo said = info == null ? Hostinfo.builder().build() : info;
        String name = said.hostname().substring(0, Math.min(said.hostname().length(), Host.MAX_NAME_LENGTH));
        String shown = json(said.forPeers());
        if (shown.length() > Host.MAX_INFO_LENGTH) {
            counters.hostInfoCut.increment();
            shown = json(Hostinfo.builder().os(cut(said.os())).hostname(name).build());
        }
        return new Host(name, shown, version);
    }

    private static String cut(String text) {
        return text.substring(0, Math.min(text.length(), Host.MAX_NAME_LENGTH));
    }

    private static String json(Hostinfo info) {
        return new String(Json.write(info), StandardCharsets.UTF_8);
    }

    /** Where the node is. What a report leaves open stays as it was. */
    Contact contact(MapRequest report, Contact before) {
        DiscoKey disco = report.discoKey().isZero() ? before.disco() : report.discoKey();
        NetInfo net = report.hostinfo() == null ? null : report.hostinfo().netInfo();
        int homeRelay = net == null ? before.homeRelay() : Math.max(0, net.preferredDerp());
        return new Contact(disco, endpoints(report), homeRelay);
    }

    private List<NodeEndpoint> endpoints(MapRequest report) {
        List<NodeEndpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < report.endpoints().size(); i++) {
            Endpoint endpoint = report.endpoints().get(i);
            if (endpoint == null || endpoint.port() == 0 || endpoints.size() == Contact.MAX_ENDPOINTS) {
                counters.endpointsDropped.increment();
                continue;
            }
            int kind =
                    i < report.endpointTypes().size() ? report.endpointTypes().get(i) : 0;
            endpoints.add(new NodeEndpoint(
                    new IpAddress(endpoint.isV6(), endpoint.high(), endpoint.low()),
                    endpoint.port(),
                    kind < 0 || kind > KINDS ? MapRequest.ENDPOINT_UNKNOWN : kind));
        }
        return endpoints;
    }

    /** The routes that the node offers. */
    Set<Prefix> routes(Hostinfo info) {
        Set<Prefix> routes = new LinkedHashSet<>();
        for (Prefix prefix : info.routableIps()) {
            if (prefix == null || routes.size() == Routes.MAX_COUNT) {
                counters.routesDropped.increment();
            } else {
                routes.add(prefix);
            }
        }
        return routes;
    }
}
