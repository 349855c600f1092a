package io.penstock.server.api;

import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.Permission;
import io.penstock.server.admin.ServerOperations;
import io.penstock.server.model.AuditEntry;
import io.penstock.server.model.Domain;
import io.penstock.wireguard.route.Prefix;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Domains, backups and the audit log. */
final class ServerRoutes {
    private static final int AUDIT_PAGE = 100;

    private ServerRoutes() {}

    record DomainView(
            long id,
            String name,
            String dnsSuffix,
            String prefixV4,
            String prefixV6,
            @Nullable Long keyLifetimeSeconds,
            String created) {
        static DomainView of(Domain domain) {
            Duration lifetime = domain.keyLifetime();
            return new DomainView(
                    domain.id(),
                    domain.name(),
                    domain.dnsSuffix(),
                    domain.v4().toString(),
                    domain.v6().toString(),
                    lifetime == null ? null : lifetime.toSeconds(),
                    domain.created().toString());
        }
    }

    /** {@code keyLifetimeSeconds} 0 stands for keys that never expire. */
    record NewDomain(
            String name,
            String dnsSuffix,
            @Nullable String prefixV4,
            @Nullable String prefixV6,
            @Nullable Long keyLifetimeSeconds) {}

    record CreatedDomain(DomainView domain, String ownerLink) {
        static CreatedDomain of(ServerOperations.CreatedDomain created) {
            return new CreatedDomain(
                    DomainView.of(created.domain()), created.ownerLink().reveal());
        }
    }

    record NewBackup(String name) {}

    record Backup(String file) {}

    record AuditView(long id, String at, String actor, String action, String target, String decision, String detail) {
        static AuditView of(AuditEntry entry) {
            return new AuditView(
                    entry.id(),
                    entry.at().toString(),
                    entry.actor(),
                    entry.action(),
                    entry.target(),
                    entry.decision(),
                    entry.detail());
        }
    }

    static List<Route> routes() {
        return List.of(
                Route.list(
                        "/api/v1/domains",
                        Permission.SERVER_READ,
                        DomainView.class,
                        "Lists the domains of the coordinator",
                        call -> call.administration()
                                .server()
                                .domains(call.caller())
                                .map(domains ->
                                        domains.stream().map(DomainView::of).toList())),
                Route.change(
                        Method.POST,
                        "/api/v1/domains",
                        Permission.SERVER_WRITE,
                        NewDomain.class,
                        CreatedDomain.class,
                        "Makes a domain, and a link by which its owner comes in, which is shown once",
                        ServerRoutes::addDomain),
                Route.change(
                        Method.POST,
                        "/api/v1/backups",
                        Permission.SERVER_WRITE,
                        NewBackup.class,
                        Backup.class,
                        "Copies the database to a new file in the state folder",
                        call -> call.administration()
                                .server()
                                .backup(call.caller(), call.body(NewBackup.class).name)
                                .map(path -> new Backup(path.toString()))),
                Route.list(
                        "/api/v1/domains/{domain}/audit",
                        Permission.AUDIT_READ,
                        AuditView.class,
                        "Lists who did what, the newest first; 'before' is the id to go on from, 'limit' how many",
                        ServerRoutes::audit));
    }

    private static Outcome<CreatedDomain> addDomain(Call call) {
        NewDomain body = call.body(NewDomain.class);
        Duration lifetime = Domain.DEFAULT_KEY_LIFETIME;
        if (body.keyLifetimeSeconds != null) {
            lifetime = body.keyLifetimeSeconds == 0 ? null : Duration.ofSeconds(body.keyLifetimeSeconds);
        }
        return call.administration()
                .server()
                .addDomain(
                        call.caller(),
                        body.name,
                        body.dnsSuffix,
                        body.prefixV4 == null ? Domain.DEFAULT_V4 : Prefix.parse(body.prefixV4),
                        body.prefixV6 == null ? Domain.DEFAULT_V6 : Prefix.parse(body.prefixV6),
                        lifetime)
                .map(CreatedDomain::of);
    }

    private static Outcome<List<AuditView>> audit(Call call) {
        Long limit = call.inQuery("limit");
        return call.administration()
                .server()
                .audit(
                        call.caller(),
                        call.domain(),
                        call.inQuery("before"),
                        limit == null ? AUDIT_PAGE : Math.clamp(limit, -1, Integer.MAX_VALUE))
                .map(entries -> entries.stream().map(AuditView::of).toList());
    }
}
