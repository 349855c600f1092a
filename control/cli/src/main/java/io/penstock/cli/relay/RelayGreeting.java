package io.penstock.cli.relay;

import io.penstock.cli.Build;
import io.penstock.cli.server.ListenAddress;
import io.penstock.lab.JsonWriter;
import io.penstock.relay.RelayServer;
import io.penstock.relay.tls.PinnedTrust;
import io.penstock.server.http.TlsIdentity;
import io.penstock.wireguard.PublicKey;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What a relay that has started says of itself: where it is, and what a coordinator has to be told of it. For one thread. */
final class RelayGreeting {
    private static final int SCHEMA = 1;

    /** An example, to be changed if the coordinator knows another region by it. */
    private static final int REGION = 901;

    private static final int NO_STUN = -1;

    private final RelayPlan plan;
    private final PublicKey key;
    private final @Nullable TlsIdentity tls;
    private final RelayServer relay;
    private @Nullable InetSocketAddress metrics;

    RelayGreeting(RelayPlan plan, PublicKey key, @Nullable TlsIdentity tls, RelayServer relay) {
        this.plan = plan;
        this.key = key;
        this.tls = tls;
        this.relay = relay;
    }

    void setMetrics(InetSocketAddress address) {
        metrics = address;
    }

    private static String text(InetSocketAddress address) {
        return ListenAddress.host(address.getAddress()) + ":" + address.getPort();
    }

    String text() {
        StringBuilder text = new StringBuilder();
        line(text, "penstock relay at " + text(relay.address()));
        relay.stunAddresses().forEach(stun -> line(text, "  STUN at     " + text(stun) + " over UDP"));
        if (metrics != null) {
            line(text, "  metrics at  http://" + text(metrics) + "/metrics");
        }
        line(text, "  key         " + key.toHex());
        if (tls != null) {
            line(
                    text,
                    "  certificate SHA-256 " + tls.fingerprint()
                            + (plan.isPinned() ? ", its own: clients pin it" : ""));
        }
        plan.acme()
                .ifPresent(authority -> line(
                        text,
                        "  certificate from " + authority.directory() + " for " + authority.name()
                                + "; 'penstock relay status' says how it is"));
        if (plan.isOpen()) {
            line(text, "  OPEN: whoever reaches it may use it");
        }
        line(text, "");
        line(text, "What a coordinator has to be told of it (penstock server up --derp-map FILE):");
        JsonWriter map = new JsonWriter();
        writeMap(map);
        text.append(map.document());
        return text.toString();
    }

    private static void line(StringBuilder text, String line) {
        text.append(line).append('\n');
    }

    String json() {
        JsonWriter writer = new JsonWriter().beginObject();
        writer.name("schema").value(SCHEMA);
        writer.name("version").value(Build.read().version());
        writer.name("listen").value(text(relay.address()));
        writer.name("stun").beginArray();
        relay.stunAddresses().forEach(stun -> writer.value(text(stun)));
        writer.endArray();
        if (metrics != null) {
            writer.name("metrics").value("http://" + text(metrics) + "/metrics");
        }
        writer.name("key").value(key.toHex());
        if (tls != null) {
            writer.name("certificateSha256").value(tls.fingerprint());
        }
        plan.acme().ifPresent(authority -> writer.name("acme")
                .value(authority.directory().toString()));
        writer.name("derpMap");
        writeMap(writer);
        return writer.endObject().document();
    }

    private void writeMap(JsonWriter writer) {
        writer.beginObject().name("Regions").beginObject().name(Integer.toString(REGION));
        writer.beginObject();
        writer.name("RegionID").value(REGION);
        writer.name("RegionCode").value("own");
        writer.name("RegionName").value(plan.host());
        writer.name("Nodes").beginArray().beginObject();
        writeNode(writer);
        writer.endObject().endArray();
        writer.endObject().endObject().endObject();
    }

    private void writeNode(JsonWriter writer) {
        String host = plan.host();
        writer.name("Name").value(REGION + "a");
        writer.name("RegionID").value(REGION);
        writer.name("HostName").value(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
        writer.name("DERPPort").value(relay.address().getPort());
        writer.name("STUNPort")
                .value(relay.stunAddresses().stream()
                        .mapToInt(InetSocketAddress::getPort)
                        .findFirst()
                        .orElse(NO_STUN));
        if (plan.isPinned() && tls != null) {
            writer.name("CertName").value(PinnedTrust.PREFIX + tls.fingerprint());
        }
    }
}
