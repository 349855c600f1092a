package io.penstock.server.admin;

import io.penstock.server.admin.Gate.Deed;
import io.penstock.server.model.DnsRecord;
import io.penstock.server.model.IpAddress;
import io.penstock.server.model.NodeName;
import java.util.List;
import java.util.Locale;

/** Names that a domain answers besides those of its nodes. */
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
