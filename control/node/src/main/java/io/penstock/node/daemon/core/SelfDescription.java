package io.penstock.node.daemon.core;

import io.penstock.node.api.Preferences;
import io.penstock.node.coordination.core.NodeStatus;
import io.penstock.protocol.message.Hostinfo;
import java.util.Locale;

/** What a node tells its coordinator of itself. */
final class SelfDescription {
    private static final String NO_LOGS = "none"; // stock coordinators want an id there; we upload no logs

    private SelfDescription() {}

    /** What the node calls itself; the coordinator may call it otherwise. */
    static String name(MachineFacts facts, Preferences preferences) {
        String hostname = preferences.hostname().isEmpty() ? facts.hostname() : preferences.hostname();
        return hostname.toLowerCase(Locale.ROOT);
    }

    static NodeStatus of(MachineFacts facts, Preferences preferences, PathReport paths) {
        Hostinfo.Builder hostinfo = Hostinfo.builder()
                .ipnVersion(facts.version())
                .backendLogId(NO_LOGS)
                .os("linux")
                .osVersion(facts.kernel())
                .distro(facts.distro())
                .distroVersion(facts.distroVersion())
                .hostname(name(facts, preferences))
                .goArch(facts.architecture())
                .routableIps(Shape.offered(preferences))
                .requestTags(preferences.tags());
        if (paths.netInfo() != null) {
            hostinfo.netInfo(paths.netInfo());
        }
        return new NodeStatus(hostinfo.build(), paths.disco(), paths.endpoints(), paths.endpointTypes());
    }
}
