package io.penstock.server.store;

import io.penstock.wireguard.Entropy;
import java.sql.Connection;
import java.time.Instant;

/**
 * One moment of the store, seen through its tables. In a reading transaction each call that changes something throws
 * {@link IllegalStateException}. Good only while the work runs that it was given to, on that thread.
 */
public final class Transaction {
    private final Instant now;
    private final Sql sql;
    private final SecretBox box;
    private final Entropy entropy;
    private final NumberSource numbers;
    private final ChangeLog changes;
    private final AddressTable addresses;

    Transaction(Connection connection, boolean writable, Instant now, SecretBox box, Entropy entropy) {
        this.now = now;
        this.box = box;
        this.entropy = entropy;
        sql = new Sql(connection, writable);
        numbers = new NumberSource(sql);
        changes = new ChangeLog(sql, numbers, now);
        addresses = new AddressTable(sql, now);
    }

    /** The time of everything that happens here. */
    public Instant now() {
        return now;
    }

    public ChangeLog changes() {
        return changes;
    }

    public ServerSecrets secrets() {
        return new ServerSecrets(sql, box, entropy, now);
    }

    public DomainTable domains() {
        return new DomainTable(sql, numbers, changes, now);
    }

    public UserTable users() {
        return new UserTable(sql, numbers, changes, now);
    }

    public CredentialTable credentials() {
        return new CredentialTable(sql, box, now);
    }

    public NodeTable nodes() {
        return new NodeTable(sql, numbers, changes, addresses, now);
    }

    public AddressTable addresses() {
        return addresses;
    }

    public PreAuthKeyTable preAuthKeys() {
        return new PreAuthKeyTable(sql, numbers, now);
    }

    public JoinRequestTable joinRequests() {
        return new JoinRequestTable(sql, numbers, changes, box, now);
    }

    public CodeTryTable codeTries() {
        return new CodeTryTable(sql, now);
    }

    public PasskeyTable passkeys() {
        return new PasskeyTable(sql, numbers, now);
    }

    public ApiKeyTable apiKeys() {
        return new ApiKeyTable(sql, numbers, now);
    }

    public SessionTable sessions() {
        return new SessionTable(sql, numbers, now);
    }

    public ProviderTable providers() {
        return new ProviderTable(sql, numbers, box, now);
    }

    public ProviderLoginTable providerLogins() {
        return new ProviderLoginTable(sql, box, now);
    }

    public ProviderGrantTable providerGrants() {
        return new ProviderGrantTable(sql, box, now);
    }

    public ProviderLogoutTable providerLogouts() {
        return new ProviderLogoutTable(sql, now);
    }

    public RecoveryCodeTable recoveryCodes() {
        return new RecoveryCodeTable(sql, now);
    }

    public OneTimeLinkTable links() {
        return new OneTimeLinkTable(sql, numbers, now);
    }

    public PolicyTable policies() {
        return new PolicyTable(sql, changes, now);
    }

    public DnsRecordTable dnsRecords() {
        return new DnsRecordTable(sql, numbers, changes);
    }

    public DnsSettingsTable dnsSettings() {
        return new DnsSettingsTable(sql, changes);
    }

    public Population population() {
        return new Population(sql, now);
    }

    public AuditTable audit() {
        return new AuditTable(sql, numbers, now);
    }
}
