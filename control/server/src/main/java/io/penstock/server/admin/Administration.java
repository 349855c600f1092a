package io.penstock.server.admin;

import io.penstock.server.registry.NodeRegistry;
import io.penstock.server.store.Store;
import io.penstock.wireguard.Entropy;

/**
 * Everything that people and programs do with a coordinator, the same by REST, by command and by the admin page. Each operation
 * says for whom it is, is decided by {@link Gate}, and gives an {@link Outcome}. Thread-safe; operations wait for the disk.
 */
public final class Administration {
    private final Gate gate;
    private final UserOperations users;
    private final NodeOperations nodes;
    private final KeyOperations keys;
    private final PolicyOperations policies;
    private final DnsOperations dns;
    private final ServerOperations server;
    private final SignIn signIn;
    private final SecondFactors secondFactors;
    private final ProviderOperations providers;
    private final ProviderSignIn providerSignIn;
    private final ProviderGrants providerGrants;

    /**
     * Over a store that it does not own.
     *
     * @param entropy thread-safe
     */
    public Administration(Store store, PolicyCheck policyCheck, ProviderCheck providerCheck, Entropy entropy) {
        gate = new Gate(store);
        users = new UserOperations(gate, entropy);
        nodes = new NodeOperations(gate);
        keys = new KeyOperations(gate, entropy);
        policies = new PolicyOperations(gate, policyCheck);
        dns = new DnsOperations(gate);
        server = new ServerOperations(gate, store, entropy);
        signIn = new SignIn(store, entropy);
        secondFactors = new SecondFactors(gate, store, entropy);
        providers = new ProviderOperations(gate, providerCheck);
        providerSignIn = new ProviderSignIn(store, entropy);
        providerGrants = new ProviderGrants(store, entropy);
    }

    public UserOperations users() {
        return users;
    }

    public NodeOperations nodes() {
        return nodes;
    }

    public KeyOperations keys() {
        return keys;
    }

    public PolicyOperations policies() {
        return policies;
    }

    public DnsOperations dns() {
        return dns;
    }

    public ServerOperations server() {
        return server;
    }

    /** What is done with the devices that wait at this registry, which is over the same store. */
    public DeviceOperations devices(NodeRegistry registry) {
        return new DeviceOperations(gate, registry);
    }

    public SignIn signIn() {
        return signIn;
    }

    public SecondFactors secondFactors() {
        return secondFactors;
    }

    public ProviderOperations providers() {
        return providers;
    }

    public ProviderSignIn providerSignIn() {
        return providerSignIn;
    }

    public ProviderGrants providerGrants() {
        return providerGrants;
    }

    /** How many calls came from nobody that is known, since the start. */
    public long unauthenticatedCalls() {
        return gate.unauthenticatedCalls();
    }
}
