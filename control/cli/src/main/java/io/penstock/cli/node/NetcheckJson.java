package io.penstock.cli.node;

import io.penstock.lab.JsonWriter;
import io.penstock.node.netcheck.core.NetcheckReport;
import io.penstock.node.portmap.core.PortMapKind;
import io.penstock.node.portmap.core.PortMapView;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.protocol.stun.discovery.NatBehaviour;
import io.penstock.protocol.stun.discovery.NatBehaviour.Hairpin;
import io.penstock.wireguard.Endpoint;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a look found as programs read it. Stateless. */
final class NetcheckJson {
    private static final int SCHEMA = 1;
    private static final double NS_OF_MS = 1e6;

    private NetcheckJson() {}

    /** On one line. What is unknown is null. */
    static String of(NetcheckReport report, DerpMap map, Instant at) {
        JsonWriter json = new JsonWriter().beginObject();
        json.name("schema").value(SCHEMA);
        json.name("time").value(at.toString());
        json.name("udp").value(report.isUdpOpen());
        json.name("ipv4");
        write(report.v4(), json);
        json.name("ipv6");
        if (report.hasV6()) {
            write(report.v6(), json);
        } else {
            json.nullValue();
        }
        json.name("port_mapping");
        write(report.portMap(), json);
        DerpRegion home = map.regions() == null ? null : map.regions().get(report.home());
        json.name("preferred_region");
        if (home == null) {
            json.nullValue();
        } else {
            json.value(home.regionCode());
        }
        json.name("regions").beginArray();
        Map<Integer, DerpRegion> regions = map.regions() == null ? Map.of() : new TreeMap<>(map.regions());
        regions.forEach((id, region) -> write(id, region, report, json));
        json.endArray();
        return json.endObject().document().replaceAll("\n *", "");
    }

    private static void write(NatBehaviour found, JsonWriter json) {
        json.beginObject();
        json.name("works").value(found.isOpen());
        json.name("addresses").beginArray();
        found.mapped().stream().map(Endpoint::toString).forEach(json::value);
        json.endArray();
        json.name("translated");
        value(found.isOpen() ? found.isTranslated() : null, json);
        json.name("mapping");
        value(
                found.mapping() == NatBehaviour.Mapping.UNKNOWN
                        ? null
                        : found.mapping().title(),
                json);
        json.name("filtering");
        value(
                found.filtering() == NatBehaviour.Filtering.UNKNOWN
                        ? null
                        : found.filtering().title(),
                json);
        json.name("hairpin");
        value(found.hairpin() == Hairpin.UNKNOWN ? null : found.hairpin() == Hairpin.YES, json);
        json.name("servers").value(found.asked());
        json.name("answered").value(found.answered());
        json.name("judge");
        value(found.judge() == null ? null : found.judge().toString(), json);
        json.endObject();
    }

    private static void write(@Nullable PortMapView view, JsonWriter json) {
        if (view == null) {
            json.nullValue();
            return;
        }
        json.beginObject();
        json.name("pcp").value(view.there().contains(PortMapKind.PCP));
        json.name("nat_pmp").value(view.there().contains(PortMapKind.NAT_PMP));
        json.name("upnp").value(view.there().contains(PortMapKind.UPNP));
        json.endObject();
    }

    private static void write(int id, DerpRegion region, NetcheckReport report, JsonWriter json) {
        json.beginObject();
        json.name("id").value(id);
        json.name("code").value(region.regionCode());
        json.name("name").value(region.regionName());
        latency("ipv4_ms", report.relays().v4().get(id), json);
        latency("ipv6_ms", report.relays().v6().get(id), json);
        latency("https_ms", report.relays().connect().get(id), json);
        json.endObject();
    }

    private static void latency(String name, @Nullable Long ns, JsonWriter json) {
        json.name(name);
        if (ns == null) {
            json.nullValue();
        } else {
            json.value(ns / NS_OF_MS, 3);
        }
    }

    private static void value(@Nullable String text, JsonWriter json) {
        if (text == null) {
            json.nullValue();
        } else {
            json.value(text);
        }
    }

    private static void value(@Nullable Boolean flag, JsonWriter json) {
        if (flag == null) {
            json.nullValue();
        } else {
            json.value(flag);
        }
    }
}
