package io.penstock.server.store;

import io.penstock.server.model.ChangeKind;
import io.penstock.server.model.PolicyVersion;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The policies of the domains, all versions. Of one transaction. */
public final class PolicyTable {
    private final Sql sql;
    private final ChangeLog changes;
    private final Instant now;

    PolicyTable(Sql sql, ChangeLog changes, Instant now) {
        this.sql = sql;
        this.changes = changes;
        this.now = now;
    }

    /** Adds a version, which is in force from here on. The text was checked by the caller. */
    public PolicyVersion add(long domainId, String text, String author) {
        long version = current(domainId).map(PolicyVersion::version).orElse(0L) + 1;
        sql.update("INSERT INTO policy_version VALUES (?, ?, ?, ?, ?)", domainId, version, text, author, now);
        changes.append(domainId, ChangeKind.POLICY, version);
        return new PolicyVersion(domainId, version, text, author, now);
    }

    /** The version in force, if one was ever set. */
    public Optional<PolicyVersion> current(long domainId) {
        return sql.find(
                "SELECT * FROM policy_version WHERE domain_id = ? ORDER BY version DESC LIMIT 1",
                PolicyTable::read,
                domainId);
    }

    /** The newest first. */
    public List<PolicyVersion> list(long domainId, int limit) {
        return sql.list(
                "SELECT * FROM policy_version WHERE domain_id = ? ORDER BY version DESC LIMIT " + limit,
                PolicyTable::read,
                domainId);
    }

    private static PolicyVersion read(Sql.Row row) throws SQLException {
        return new PolicyVersion(
                row.number("domain_id"),
                row.number("version"),
                row.text("text"),
                row.text("author"),
                row.time("created_ms"));
    }
}
