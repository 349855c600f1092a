package io.penstock.server.registry;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Host;
import io.penstock.server.model.Node;
import io.penstock.server.model.NodeName;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Refusal;
import io.penstock.server.store.AddressTable;
import io.penstock.server.store.NodeTable;
import io.penstock.server.store.Transaction;
import io.penstock.wireguard.route.Prefix;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts an admitted machine into its domain: as the node that it was before, or as a new one. Stateless. */
final class Admission {
    /** A numbered name is shortened by no more than this. */
    private static final int LONGEST_NUMBER = 8;

    private Admission() {}

    /** Undoes the transaction; {@link NodeRegistry} turns it into an answer. */
    static final class GivenUpException extends RuntimeException {
        private static final long serialVersionUID = 1;

        final Refusal refusal;
        final String detail;

        GivenUpException(Refusal refusal, String detail) {
            super(detail, null, false, false);
            this.refusal = refusal;
            this.detail = detail;
        }
    }

    /**
     * The node of this machine: renewed if the machine has one of this owner, or has the node key already.
     *
     * @param known the node that has the node key, which is of the same machine; null if there is none
     * @throws GivenUpException if it cannot be; the transaction must not go on
     */
    static Node admit(
            Transaction tx,
            Domain domain,
            Owner owner,
            @Nullable Long preAuthKeyId,
            MachineKey machineKey,
            NodeKey nodeKey,
            Host host,
            boolean ephemeral,
            @Nullable Node known) {
        if (known != null && known.domainId() != domain.id()) {
            throw new GivenUpException(Refusal.NODE_KEY_OF_ANOTHER_DOMAIN, Refusal.NODE_KEY_OF_ANOTHER_DOMAIN.text());
        }
        Optional<Node> existing =
                known != null ? Optional.of(known) : tx.nodes().find(domain.id(), machineKey, owner);
        String name = existing.map(Node::name).orElseGet(() -> freeName(tx, domain, host));
        NodeTable.Joining joining = new NodeTable.Joining(
                owner, preAuthKeyId, machineKey, nodeKey, name, host, ephemeral, domain.expiryOf(owner, tx.now()));
        if (existing.isPresent()) {
            tx.nodes().renew(existing.get(), joining);
            return tx.nodes().find(domain.id(), existing.get().id()).orElseThrow();
        }
        return switch (tx.nodes().add(domain, joining)) {
            case NodeTable.Added.Done done -> done.node();
            case NodeTable.Added.NoAddress none ->
                throw new GivenUpException(Refusal.NO_ADDRESS_LEFT, exhausted(tx, domain, none.prefix()));
        };
    }

    private static String freeName(Transaction tx, Domain domain, Host host) {
        String name = NodeName.of(host.name());
        String stem = name.substring(0, Math.min(name.length(), NodeName.MAX_LENGTH - LONGEST_NUMBER));
        Set<String> taken = tx.nodes().namesLike(domain.id(), stem);
        return NodeName.unique(name, taken::contains);
    }

    private static String exhausted(Transaction tx, Domain domain, Prefix prefix) {
        long inUse = tx.addresses().inUse(domain.id(), prefix.isV6());
        long resting = tx.addresses().resting(domain.id(), prefix.isV6());
        return "no address is free in " + prefix + " of the domain " + domain.name() + ": " + inUse
                + " are in use and " + resting + " rest, for " + AddressTable.REST.toHours()
                + " hours after their node was removed";
    }
}
