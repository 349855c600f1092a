package io.penstock.node.api;

import io.penstock.wireguard.route.Prefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which {@link Preferences} to change: the components that are not null. Static peers have requests of their own.
 *
 * @param reset whether the rest returns to its default; otherwise it stays
 */
@Message
public record PreferencesChange(
        boolean reset,
        @Nullable String server,
        @Nullable String serverPin,
        @Nullable String hostname,
        @Nullable List<Prefix> lan,
        @Nullable Boolean offerExitNode,
        @Nullable List<String> tags,
        @Nullable List<String> acceptRoutes,
        @Nullable String exitNode,
        @Nullable Boolean exitNodeLan,
        @Nullable Boolean snat,
        @Nullable String interfaceName,
        @Nullable Integer mtu,
        @Nullable Integer port,
        @Nullable Boolean portMapping,
        @Nullable Boolean clampMss,
        @Nullable Boolean manageSysctl,
        @Nullable Boolean manageNft,
        @Nullable Boolean ephemeral) {
    /** Changes nothing. */
    public static final PreferencesChange NONE = builder().build();

    /** Of a change of nothing yet. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The preferences after it.
     *
     * @throws IllegalArgumentException with what is wrong and what is right, if they are no preferences then
     */
    public Preferences apply(Preferences before) {
        Preferences rest = reset ? Preferences.DEFAULT : before;
        return new Preferences(
                or(server, rest.server()),
                or(serverPin, rest.serverPin()),
                or(hostname, rest.hostname()),
                or(lan, rest.lan()),
                or(offerExitNode, rest.offerExitNode()),
                or(tags, rest.tags()),
                or(acceptRoutes, rest.acceptRoutes()),
                or(exitNode, rest.exitNode()),
                or(exitNodeLan, rest.exitNodeLan()),
                or(snat, rest.snat()),
                or(interfaceName, rest.interfaceName()),
                or(mtu, rest.mtu()),
                or(port, rest.port()),
                or(portMapping, rest.mapsPort()),
                or(clampMss, rest.clampMss()),
                or(manageSysctl, rest.manageSysctl()),
                or(manageNft, rest.manageNft()),
                or(ephemeral, rest.ephemeral()),
                before.staticPeers());
    }

    private static <T> T or(@Nullable T changed, T rest) {
        return changed == null ? rest : changed;
    }

    /** Collects what changes; see {@link Preferences} for what each is. Not thread-safe. */
    public static final class Builder {
        private boolean reset;
        private @Nullable String server;
        private @Nullable String serverPin;
        private @Nullable String hostname;
        private @Nullable List<Prefix> lan;
        private @Nullable Boolean offerExitNode;
        private @Nullable List<String> tags;
        private @Nullable List<String> acceptRoutes;
        private @Nullable String exitNode;
        private @Nullable Boolean exitNodeLan;
        private @Nullable Boolean snat;
        private @Nullable String interfaceName;
        private @Nullable Integer mtu;
        private @Nullable Integer port;
        private @Nullable Boolean portMapping;
        private @Nullable Boolean clampMss;
        private @Nullable Boolean manageSysctl;
        private @Nullable Boolean manageNft;
        private @Nullable Boolean ephemeral;

        private Builder() {}

        public Builder reset(boolean value) {
            reset = value;
            return this;
        }

        public Builder server(@Nullable String value) {
            server = value;
            return this;
        }

        public Builder serverPin(@Nullable String value) {
            serverPin = value;
            return this;
        }

        public Builder hostname(@Nullable String value) {
            hostname = value;
            return this;
        }

        public Builder lan(@Nullable List<Prefix> value) {
            lan = value;
            return this;
        }

        public Builder offerExitNode(@Nullable Boolean value) {
            offerExitNode = value;
            return this;
        }

        public Builder tags(@Nullable List<String> value) {
            tags = value;
            return this;
        }

        public Builder acceptRoutes(@Nullable List<String> value) {
            acceptRoutes = value;
            return this;
        }

        public Builder exitNode(@Nullable String value) {
            exitNode = value;
            return this;
        }

        public Builder exitNodeLan(@Nullable Boolean value) {
            exitNodeLan = value;
            return this;
        }

        public Builder snat(@Nullable Boolean value) {
            snat = value;
            return this;
        }

        public Builder interfaceName(@Nullable String value) {
            interfaceName = value;
            return this;
        }

        public Builder mtu(@Nullable Integer value) {
            mtu = value;
            return this;
        }

        public Builder port(@Nullable Integer value) {
            port = value;
            return this;
        }

        public Builder portMapping(@Nullable Boolean value) {
            portMapping = value;
            return this;
        }

        public Builder clampMss(@Nullable Boolean value) {
            clampMss = value;
            return this;
        }

        public Builder manageSysctl(@Nullable Boolean value) {
            manageSysctl = value;
            return this;
        }

        public Builder manageNft(@Nullable Boolean value) {
            manageNft = value;
            return this;
        }

        public Builder ephemeral(@Nullable Boolean value) {
            ephemeral = value;
            return this;
        }

        public PreferencesChange build() {
            return new PreferencesChange(
                    reset,
                    server,
                    serverPin,
                    hostname,
                    lan,
                    offerExitNode,
                    tags,
                    acceptRoutes,
                    exitNode,
                    exitNodeLan,
                    snat,
                    interfaceName,
                    mtu,
                    port,
                    portMapping,
                    clampMss,
                    manageSysctl,
                    manageNft,
                    ephemeral);
        }
    }
}
