package io.penstock.server.store;

import io.penstock.server.model.ChangeKind;
import io.penstock.server.model.Identity;
import io.penstock.server.model.Role;
import io.penstock.server.model.User;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The users of all domains. Of one transaction. */
public final class UserTable {
    private final Sql sql;
    private final NumberSource numbers;
    private final ChangeLog changes;
    private final Instant now;

    UserTable(Sql sql, NumberSource numbers, ChangeLog changes, Instant now) {
        this.sql = sql;
        this.numbers = numbers;
        this.changes = changes;
        this.now = now;
    }

    public User add(
            long domainId, Identity identity, String loginName, String displayName, Role role, boolean operator) {
        User user = new User(
                numbers.next("user"), domainId, identity, loginName, displayName, role, operator, Set.of(), null, now);
        sql.update(
                "INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                user.id(),
                domainId,
                identity.issuer(),
                identity.subject(),
                loginName,
                displayName,
                role.toString(),
                operator,
                null,
                now,
                "");
        changes.append(domainId, ChangeKind.USER, user.id());
        return user;
    }

    public Optional<User> find(long domainId, long id) {
        return sql.find("SELECT * FROM account WHERE domain_id = ? AND id = ?", UserTable::read, domainId, id);
    }

    public Optional<User> find(long domainId, Identity identity) {
        return sql.find(
                "SELECT * FROM account WHERE domain_id = ? AND issuer = ? AND subject = ?",
                UserTable::read,
                domainId,
                identity.issuer(),
                identity.subject());
    }

    /** For those who hold a session or an API key, which name a user and not a domain. */
    public Optional<User> findAnywhere(long id) {
        return sql.find("SELECT * FROM account WHERE id = ?", UserTable::read, id);
    }

    public List<User> list(long domainId) {
        return sql.list("SELECT * FROM account WHERE domain_id = ? ORDER BY id", UserTable::read, domainId);
    }

    public long countOwners(long domainId) {
        return sql.number(
                "SELECT COUNT(*) FROM account WHERE domain_id = ? AND role = ? AND disabled_ms IS NULL",
                domainId,
                Role.OWNER.toString());
    }

    public void setRole(User user, Role role) {
        sql.updateOne("UPDATE account SET role = ? WHERE id = ?", role.toString(), user.id());
        changes.append(user.domainId(), ChangeKind.USER, user.id());
    }

    /** Gives the user other names, and the identity that goes with them. */
    public void rename(User user, Identity identity, String loginName, String displayName) {
        sql.updateOne(
                "UPDATE account SET issuer = ?, subject = ?, login_name = ?, display_name = ? WHERE id = ?",
                identity.issuer(),
                identity.subject(),
                loginName,
                displayName,
                user.id());
        changes.append(user.domainId(), ChangeKind.USER, user.id());
    }

    /** Puts the user into these groups, as their provider says, and out of all others it said before. */
    public void setGroups(User user, Set<String> groups) {
        if (!user.groups().equals(groups)) {
            sql.updateOne(
                    "UPDATE account SET provider_groups = ? WHERE id = ?",
                    ProviderTable.sortedLines(groups),
                    user.id());
            changes.append(user.domainId(), ChangeKind.USER, user.id());
        }
    }

    /** Whether somebody of the domain has this name; case does not tell two apart. */
    public boolean hasLoginName(long domainId, String loginName) {
        return sql.number(
                        "SELECT COUNT(*) FROM account WHERE domain_id = ? AND LOWER(login_name) = LOWER(?)",
                        domainId,
                        loginName)
                > 0;
    }

    /** Disables the user, or lets them in again. */
    public void setActive(User user, boolean active) {
        sql.updateOne("UPDATE account SET disabled_ms = ? WHERE id = ?", active ? null : now, user.id());
        changes.append(user.domainId(), ChangeKind.USER, user.id());
    }

    /**
     * Forgets the user and all by which they act: password, sessions and keys. They own no nodes; what they did stays in the
     * audit log.
     */
    public void remove(User user) {
        sql.update("DELETE FROM credential WHERE account_id = ?", user.id());
        sql.update("DELETE FROM passkey WHERE account_id = ?", user.id());
        sql.update("DELETE FROM code_try WHERE account_id = ?", user.id());
        sql.update("DELETE FROM recovery_code WHERE account_id = ?", user.id());
        sql.update("DELETE FROM provider_grant WHERE account_id = ?", user.id());
        sql.update("DELETE FROM session WHERE account_id = ?", user.id());
        sql.update("DELETE FROM api_key WHERE account_id = ?", user.id());
        // Nodes that came in by their keys and were tagged since.
        sql.update(
                "UPDATE node SET pre_auth_key_id = NULL WHERE pre_auth_key_id IN"
                        + " (SELECT id FROM pre_auth_key WHERE account_id = ?)",
                user.id());
        sql.update("DELETE FROM pre_auth_key WHERE account_id = ?", user.id());
        sql.updateOne("DELETE FROM account WHERE id = ?", user.id());
        changes.append(user.domainId(), ChangeKind.USER, user.id());
    }

    private static User read(Sql.Row row) throws SQLException {
        return new User(
                row.number("id"),
                row.number("domain_id"),
                new Identity(row.text("issuer"), row.text("subject")),
                row.text("login_name"),
                row.text("display_name"),
                Role.parse(row.text("role")),
                row.flag("operator"),
                ProviderTable.set(row.text("provider_groups")),
                row.timeOrNull("disabled_ms"),
                row.time("created_ms"));
    }
}
