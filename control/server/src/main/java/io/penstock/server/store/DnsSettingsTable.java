package io.penstock.server.store;

import io.penstock.server.model.ChangeKind;
import io.penstock.server.model.DnsSettings;
import io.penstock.server.model.Nameserver;
import java.sql.SQLException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How the nodes of the domains resolve names. Of one transaction. */
public final class DnsSettingsTable {
    private final Sql sql;
    private final ChangeLog changes;

    DnsSettingsTable(Sql sql, ChangeLog changes) {
        this.sql = sql;
        this.changes = changes;
    }

    /** Those of a domain; {@link DnsSettings#NONE} until they were set. */
    public DnsSettings get(long domainId) {
        return sql.find("SELECT * FROM dns_settings WHERE domain_id = ?", DnsSettingsTable::read, domainId)
                .orElse(DnsSettings.NONE);
    }

    public void set(long domainId, DnsSettings settings) {
        sql.update("DELETE FROM dns_settings WHERE domain_id = ?", domainId);
        sql.update(
                "INSERT INTO dns_settings VALUES (?, ?, ?, ?, ?)",
                domainId,
                text(settings.nameservers()),
                settings.overrideLocal(),
                String.join(" ", settings.search()),
                settings.split().entrySet().stream()
                        .map(entry -> entry.getKey() + " " + text(entry.getValue()))
                        .collect(Collectors.joining("\n")));
        changes.append(domainId, ChangeKind.DNS, domainId);
    }

    private static String text(List<Nameserver> nameservers) {
        return nameservers.stream().map(Nameserver::text).collect(Collectors.joining(" "));
    }

    private static DnsSettings read(Sql.Row row) throws SQLException {
        SortedMap<String, List<Nameserver>> split = new TreeMap<>();
        row.text("split").lines().forEach(line -> {
            String[] words = line.split(" ", 2);
            split.put(words[0], nameservers(words[1]));
        });
        return new DnsSettings(
                nameservers(row.text("nameservers")), row.flag("override_local"), words(row.text("search")), split);
    }

    private static List<Nameserver> nameservers(String text) {
        return words(text).stream().map(Nameserver::new).toList();
    }

    private static List<String> words(String text) {
        return Stream.of(text.split(" ")).filter(word -> !word.isEmpty()).toList();
    }
}
