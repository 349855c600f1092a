package io.penstock.server.admin;

import io.penstock.server.admin.Gate.Deed;
import io.penstock.server.model.DnsRecord;
import io.penstock.server.model.DnsSettings;
import io.penstock.server.model.IpAddress;
import io.penstock.server.model.Nameserver;
import io.penstock.server.model.NodeName;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Names that a domain answers besides those of its nodes, and whom its nodes ask for all others. */
public final class DnsOperations {
    public static final int MAX_RECORDS = 10_000;

    private static final int MAX_NAME_LENGTH = 253;

    private final Gate gate;

    DnsOperations(Gate gate) {
        this.gate = gate;
    }

    public Outcome<List<DnsRecord>> list(Caller caller, String domain) {
        return gate.read(
                caller,
                Permission.DNS_READ,
                domain,
                new Deed("list DNS records", domain),
                allowed -> new Outcome.Done<>(
                        allowed.tx().dnsRecords().list(allowed.domain().id())));
    }

    public Outcome<DnsSettings> settings(Caller caller, String domain) {
        return gate.read(
                caller,
                Permission.DNS_READ,
                domain,
                new Deed("show DNS settings", domain),
                allowed -> new Outcome.Done<>(
                        allowed.tx().dnsSettings().get(allowed.domain().id())));
    }

    /**
     * What to change of a domain's settings; null leaves it as it is.
     *
     * @param split only the suffixes that are named change; no nameservers forgets one
     */
    public record SettingsChange(
            @Nullable List<String> nameservers,
            @Nullable Boolean overrideLocal,
            @Nullable List<String> search,
            @Nullable Map<String, List<String>> split) {}

    /** Changes how the nodes of a domain resolve names; all of it or nothing. */
    public Outcome<DnsSettings> change(Caller caller, String domain, SettingsChange change) {
        Deed deed = new Deed("change DNS settings", domain);
        return gate.write(caller, Permission.DNS_WRITE, domain, deed, allowed -> {
            DnsSettings before = allowed.tx().dnsSettings().get(allowed.domain().id());
            DnsSettings after = new DnsSettings(
                    change.nameservers == null ? before.nameservers() : nameservers(change.nameservers),
                    change.overrideLocal == null ? before.overrideLocal() : change.overrideLocal,
                    change.search == null
                            ? before.search()
                            : change.search.stream().map(DnsOperations::lower).toList(),
                    change.split == null ? before.split() : merged(before.split(), change.split));
            after.checkWithin(allowed.domain().dnsSuffix());
            if (!after.equals(before)) {
                allowed.tx().dnsSettings().set(allowed.domain().id(), after);
            }
            return new Outcome.Done<>(after);
        });
    }

    private static List<Nameserver> nameservers(List<String> texts) {
        return texts.stream().map(Nameserver::new).toList();
    }

    private static SortedMap<String, List<Nameserver>> merged(
            SortedMap<String, List<Nameserver>> before, Map<String, List<String>> change) {
        SortedMap<String, List<Nameserver>> after = new TreeMap<>(before);
        change.forEach((suffix, nameservers) -> {
            if (!nameservers.isEmpty()) {
                after.put(lower(suffix), nameservers(nameservers));
            } else if (after.remove(lower(suffix)) == null) {
                throw new IllegalArgumentException("no nameservers are set for " + suffix);
            }
        });
        return after;
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** Adds an A or AAAA record. */
    public Outcome<DnsRecord> add(Caller caller, String domain, String name, String type, String value) {
        Deed deed = new Deed("add DNS record", name + " " + type + " " + value);
        return gate.write(caller, Permission.DNS_WRITE, domain, deed, allowed -> {
            String lower = name.toLowerCase(Locale.ROOT);
            requireName(lower);
            IpAddress address = IpAddress.parse(value);
            if (!type.equals(address.isV6() ? "AAAA" : "A")) {
                return new Outcome.Invalid<>("a record of type " + (address.isV6() ? "AAAA" : "A") + " holds " + value);
            }
            List<DnsRecord> records =
                    allowed.tx().dnsRecords().list(allowed.domain().id());
            if (records.size() >= MAX_RECORDS) {
                return new Outcome.Conflict<>("the domain has " + MAX_RECORDS + " records");
            }
            boolean isThere = records.stream()
                    .anyMatch(record ->
                            record.name().equals(lower) && record.value().equals(address.toString()));
            if (isThere) {
                return new Outcome.Conflict<>("the domain has this record");
            }
            return new Outcome.Done<>(
                    allowed.tx().dnsRecords().add(allowed.domain().id(), lower, type, address.toString()));
        });
    }

    private static void requireName(String name) {
        boolean isValid = name.length() <= MAX_NAME_LENGTH && name.contains(".");
        for (String label : name.split("\\.", -1)) {
            isValid &= NodeName.isValid(label);
        }
        if (!isValid) {
            throw new IllegalArgumentException("not a full DNS name, without a dot at its end");
        }
    }

    public Outcome<Long> remove(Caller caller, String domain, long id) {
        return gate.write(
                caller,
                Permission.DNS_WRITE,
                domain,
                new Deed("remove DNS record", Long.toString(id)),
                allowed -> allowed.tx().dnsRecords().remove(allowed.domain().id(), id)
                        ? new Outcome.Done<>(id)
                        : new Outcome.NotFound<>("record " + id));
    }
}
