package io.penstock.server.store;

import io.penstock.server.model.ChangeKind;
import io.penstock.server.model.DnsRecord;
import java.util.List;

/** Extra DNS records of the domains. Of one transaction. */
public final class DnsRecordTable {
    private final Sql sql;
    private final NumberSource numbers;
    private final ChangeLog changes;

    DnsRecordTable(Sql sql, NumberSource numbers, ChangeLog changes) {
        this.sql = sql;
        this.numbers = numbers;
        this.changes = changes;
    }

    public DnsRecord add(long domainId, String name, String type, String value) {
        DnsRecord record = new DnsRecord(numbers.next("dns-record"), domainId, name, type, value);
        sql.update("INSERT INTO dns_record VALUES (?, ?, ?, ?, ?)", record.id(), domainId, name, type, value);
        changes.append(domainId, ChangeKind.DNS, domainId);
        return record;
    }

    public List<DnsRecord> list(long domainId) {
        return sql.list(
                "SELECT * FROM dns_record WHERE domain_id = ? ORDER BY name, id",
                row -> new DnsRecord(
                        row.number("id"),
                        row.number("domain_id"),
                        row.text("name"),
                        row.text("type"),
                        row.text("value")),
                domainId);
    }

    /** Returns false if the domain has no such record. */
    public boolean remove(long domainId, long id) {
        boolean removed = sql.update("DELETE FROM dns_record WHERE domain_id = ? AND id = ?", domainId, id) == 1;
        if (removed) {
            changes.append(domainId, ChangeKind.DNS, domainId);
        }
        return removed;
    }
}
