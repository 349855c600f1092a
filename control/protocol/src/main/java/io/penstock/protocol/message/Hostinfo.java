package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node says about itself. The coordinator believes none of it, except that the node wishes so: routes and tags count when
 * they are approved.
 *
 * @param ipnVersion release of its program
 * @param hostname as the machine calls itself: any text
 * @param shieldsUp takes no connections from peers
 * @param routableIps routes that it offers, exit routes included
 * @param requestTags tags that it wants
 * @param exitNodeId stable id of the exit node it uses
 */
public record Hostinfo(
        @JsonProperty("IPNVersion") String ipnVersion,
        @JsonProperty("BackendLogID") String backendLogId,
        @JsonProperty("OS") String os,
        @JsonProperty("OSVersion") String osVersion,

        @JsonProperty("Container") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean container,

        @JsonProperty("Distro") String distro,
        @JsonProperty("DistroVersion") String distroVersion,
        @JsonProperty("DistroCodeName") String distroCodeName,
        @JsonProperty("App") String app,

        @JsonProperty("Desktop") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean desktop,

        @JsonProperty("Package") String packageName,
        @JsonProperty("Hostname") String hostname,
        @JsonProperty("ShieldsUp") boolean shieldsUp,
        @JsonProperty("NoLogsNoSupport") boolean noLogsNoSupport,
        @JsonProperty("WireIngress") boolean wireIngress,
        @JsonProperty("IngressEnabled") boolean ingressEnabled,
        @JsonProperty("Machine") String machine,
        @JsonProperty("GoArch") String goArch,
        @JsonProperty("GoVersion") String goVersion,
        @JsonProperty("RoutableIPs") List<Prefix> routableIps,
        @JsonProperty("RequestTags") List<String> requestTags,
        @JsonProperty("Services") List<Service> services,

        @JsonProperty("NetInfo") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable NetInfo netInfo,

        @JsonProperty("sshHostKeys") List<String> sshHostKeys,

        @JsonProperty("Userspace") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean userspace,

        @JsonProperty("UserspaceRouter") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean userspaceRouter,

        @JsonProperty("AppConnector") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean appConnector,

        @JsonProperty("ServicesHash") String servicesHash,
        @JsonProperty("ExitNodeID") String exitNodeId,
        @JsonProperty("PeerRelay") boolean peerRelay,

        @JsonProperty("StateEncrypted") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean stateEncrypted) {
    public Hostinfo {
        ipnVersion = Zero.text(ipnVersion);
        backendLogId = Zero.text(backendLogId);
        os = Zero.text(os);
        osVersion = Zero.text(osVersion);
        distro = Zero.text(distro);
        distroVersion = Zero.text(distroVersion);
        distroCodeName = Zero.text(distroCodeName);
        app = Zero.text(app);
        packageName = Zero.text(packageName);
        hostname = Zero.text(hostname);
        machine = Zero.text(machine);
        goArch = Zero.text(goArch);
        goVersion = Zero.text(goVersion);
        routableIps = Zero.list(routableIps);
        requestTags = Zero.list(requestTags);
        services = Zero.list(services);
        sshHostKeys = Zero.list(sshHostKeys);
        servicesHash = Zero.text(servicesHash);
        exitNodeId = Zero.text(exitNodeId);
    }

    /** A builder of a message with nothing in it. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that holds what this message does. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.ipnVersion = ipnVersion;
        b.backendLogId = backendLogId;
        b.os = os;
        b.osVersion = osVersion;
        b.container = container;
        b.distro = distro;
        b.distroVersion = distroVersion;
        b.distroCodeName = distroCodeName;
        b.app = app;
        b.desktop = desktop;
        b.packageName = packageName;
        b.hostname = hostname;
        b.shieldsUp = shieldsUp;
        b.noLogsNoSupport = noLogsNoSupport;
        b.wireIngress = wireIngress;
        b.ingressEnabled = ingressEnabled;
        b.machine = machine;
        b.goArch = goArch;
        b.goVersion = goVersion;
        b.routableIps = routableIps;
        b.requestTags = requestTags;
        b.services = services;
        b.netInfo = netInfo;
        b.sshHostKeys = sshHostKeys;
        b.userspace = userspace;
        b.userspaceRouter = userspaceRouter;
        b.appConnector = appConnector;
        b.servicesHash = servicesHash;
        b.exitNodeId = exitNodeId;
        b.peerRelay = peerRelay;
        b.stateEncrypted = stateEncrypted;
        return b;
    }

    /** What peers need to know of it: what it runs on, how it calls itself, what it offers. The rest is the coordinator's. */
    public Hostinfo forPeers() {
        return builder()
                .os(os)
                .hostname(hostname)
                .services(services)
                .sshHostKeys(sshHostKeys)
                .shieldsUp(shieldsUp)
                .build();
    }

    /** Collects the components; each has the meaning it has in the record, and may be left out. Not thread-safe. */
    public static final class Builder {
        private String ipnVersion = "";
        private String backendLogId = "";
        private String os = "";
        private String osVersion = "";
        private @Nullable Boolean container;
        private String distro = "";
        private String distroVersion = "";
        private String distroCodeName = "";
        private String app = "";
        private @Nullable Boolean desktop;
        private String packageName = "";
        private String hostname = "";
        private boolean shieldsUp;
        private boolean noLogsNoSupport;
        private boolean wireIngress;
        private boolean ingressEnabled;
        private String machine = "";
        private String goArch = "";
        private String goVersion = "";
        private List<Prefix> routableIps = List.of();
        private List<String> requestTags = List.of();
        private List<Service> services = List.of();
        private @Nullable NetInfo netInfo;
        private List<String> sshHostKeys = List.of();
        private @Nullable Boolean userspace;
        private @Nullable Boolean userspaceRouter;
        private @Nullable Boolean appConnector;
        private String servicesHash = "";
        private String exitNodeId = "";
        private boolean peerRelay;
        private @Nullable Boolean stateEncrypted;

        private Builder() {}

        public Builder ipnVersion(String value) {
            ipnVersion = value;
            return this;
        }

        public Builder backendLogId(String value) {
            backendLogId = value;
            return this;
        }

        public Builder os(String value) {
            os = value;
            return this;
        }

        public Builder osVersion(String value) {
            osVersion = value;
            return this;
        }

        public Builder container(@Nullable Boolean value) {
            container = value;
            return this;
        }

        public Builder distro(String value) {
            distro = value;
            return this;
        }

        public Builder distroVersion(String value) {
            distroVersion = value;
            return this;
        }

        public Builder distroCodeName(String value) {
            distroCodeName = value;
            return this;
        }

        public Builder app(String value) {
            app = value;
            return this;
        }

        public Builder desktop(@Nullable Boolean value) {
            desktop = value;
            return this;
        }

        public Builder packageName(String value) {
            packageName = value;
            return this;
        }

        public Builder hostname(String value) {
            hostname = value;
            return this;
        }

        public Builder shieldsUp(boolean value) {
            shieldsUp = value;
            return this;
        }

        public Builder noLogsNoSupport(boolean value) {
            noLogsNoSupport = value;
            return this;
        }

        public Builder wireIngress(boolean value) {
            wireIngress = value;
            return this;
        }

        public Builder ingressEnabled(boolean value) {
            ingressEnabled = value;
            return this;
        }

        public Builder machine(String value) {
            machine = value;
            return this;
        }

        public Builder goArch(String value) {
            goArch = value;
            return this;
        }

        public Builder goVersion(String value) {
            goVersion = value;
            return this;
        }

        public Builder routableIps(List<Prefix> value) {
            routableIps = value;
            return this;
        }

        public Builder requestTags(List<String> value) {
            requestTags = value;
            return this;
        }

        public Builder services(List<Service> value) {
            services = value;
            return this;
        }

        public Builder netInfo(@Nullable NetInfo value) {
            netInfo = value;
            return this;
        }

        public Builder sshHostKeys(List<String> value) {
            sshHostKeys = value;
            return this;
        }

        public Builder userspace(@Nullable Boolean value) {
            userspace = value;
            return this;
        }

        public Builder userspaceRouter(@Nullable Boolean value) {
            userspaceRouter = value;
            return this;
        }

        public Builder appConnector(@Nullable Boolean value) {
            appConnector = value;
            return this;
        }

        public Builder servicesHash(String value) {
            servicesHash = value;
            return this;
        }

        public Builder exitNodeId(String value) {
            exitNodeId = value;
            return this;
        }

        public Builder peerRelay(boolean value) {
            peerRelay = value;
            return this;
        }

        public Builder stateEncrypted(@Nullable Boolean value) {
            stateEncrypted = value;
            return this;
        }

        public Hostinfo build() {
            return new Hostinfo(
                    ipnVersion,
                    backendLogId,
                    os,
                    osVersion,
                    container,
                    distro,
                    distroVersion,
                    distroCodeName,
                    app,
                    desktop,
                    packageName,
                    hostname,
                    shieldsUp,
                    noLogsNoSupport,
                    wireIngress,
                    ingressEnabled,
                    machine,
                    goArch,
                    goVersion,
                    routableIps,
                    requestTags,
                    services,
                    netInfo,
                    sshHostKeys,
                    userspace,
                    userspaceRouter,
                    appConnector,
                    servicesHash,
                    exitNodeId,
                    peerRelay,
                    stateEncrypted);
        }
    }
}
