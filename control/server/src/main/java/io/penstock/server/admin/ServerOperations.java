package io.penstock.server.admin;

import io.penstock.server.admin.Gate.Deed;
import io.penstock.server.model.AuditEntry;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Role;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.store.Store;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.route.Prefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The coordinator itself: its domains, its backups, its audit log. */
public final class ServerOperations {
    private static final Pattern BACKUP_NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}");
    private static final int MAX_LISTED = 1000;

    private final Gate gate;
    private final Store store;
    private final Entropy entropy;

    ServerOperations(Gate gate, Store store, Entropy entropy) {
        this.gate = gate;
        this.store = store;
        this.entropy = entropy;
    }

    /** A new domain and the link by which its owner comes in; the secret is shown once. */
    public record CreatedDomain(Domain domain, Token ownerLink) {}

    public Outcome<List<Domain>> domains(Caller caller) {
        return gate.readAsOperator(
                caller,
                Permission.SERVER_READ,
                new Deed("list domains", ""),
                allowed -> new Outcome.Done<>(allowed.tx().domains().list()));
    }

    /** Makes a domain. Its operator sees nothing of what is in it: its owner comes in by the link. */
    public Outcome<CreatedDomain> addDomain(
            Caller caller, String name, String dnsSuffix, Prefix v4, Prefix v6, @Nullable Duration keyLifetime) {
        return gate.writeAsOperator(caller, Permission.SERVER_WRITE, new Deed("add domain", name), allowed -> {
            Domain.checkSettings(name, dnsSuffix, v4, v6, keyLifetime);
            if (allowed.tx().domains().find(name).isPresent()) {
                return new Outcome.Conflict<>("there is a domain " + name);
            }
            Domain domain = allowed.tx().domains().add(name, dnsSuffix, v4, v6, keyLifetime);
            Token link = Token.create(TokenKind.LINK, entropy);
            allowed.tx().links().add(domain.id(), link, Role.OWNER, false);
            return new Outcome.Done<>(new CreatedDomain(domain, link));
        });
    }

    /**
     * Copies the database to a new file in the state folder's {@code backups}, while everything goes on.
     *
     * @param name of the file, without a folder
     */
    public Outcome<Path> backup(Caller caller, String name) {
        Outcome<String> decided = gate.writeAsOperator(
                caller,
                Permission.SERVER_WRITE,
                new Deed("back up", name),
                allowed -> BACKUP_NAME.matcher(name).matches()
                        ? new Outcome.Done<>(name)
                        : new Outcome.Invalid<>("not a name for a file: letters, digits, dots and hyphens"));
        if (!(decided instanceof Outcome.Done<String>)) {
            return decided.map(Path::of); // a reason, which has no value
        }
        return store.backupInState(name)
                .<Outcome<Path>>map(Outcome.Done::new)
                .orElseGet(() -> new Outcome.Conflict<>("there is a backup " + name));
    }

    /** The audit log of a domain, the newest first. {@code before} is the id to go on from, null for the newest. */
    public Outcome<List<AuditEntry>> audit(Caller caller, String domain, @Nullable Long before, int limit) {
        return gate.read(caller, Permission.AUDIT_READ, domain, new Deed("read audit log", domain), allowed -> {
            if (limit < 1 || limit > MAX_LISTED) {
                return new Outcome.Invalid<>("between 1 and " + MAX_LISTED + " entries at a time");
            }
            return new Outcome.Done<>(
                    allowed.tx().audit().list(allowed.domain().id(), before == null ? Long.MAX_VALUE : before, limit));
        });
    }

    /** Who the caller is; empty authority is {@link Outcome.Unauthenticated}. */
    public Outcome<User> self(Caller caller) {
        return store.read(tx -> Authority.read(tx, caller)
                .map(Authority::user)
                .<Outcome<User>>map(Outcome.Done::new)
                .orElseGet(Outcome.Unauthenticated::new));
    }
}
