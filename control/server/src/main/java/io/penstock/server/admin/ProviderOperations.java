package io.penstock.server.admin;

import io.penstock.server.admin.Gate.Deed;
import io.penstock.server.model.Domain;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.saml.SpKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/** Identity providers, which are the operators' concern: whoever adds one says who gets into a domain. */
public final class ProviderOperations {
    public static final int MAX_PROVIDERS = 50;

    private static final int MAX_SECRET_LENGTH = 1000;

    private final Gate gate;
    private final ProviderCheck check;

    ProviderOperations(Gate gate, ProviderCheck check) {
        this.gate = gate;
        this.check = check;
    }

    /** A provider and the domain that its users are in. */
    public record Listed(IdentityProvider provider, String domain) {}

    public Outcome<List<Listed>> list(Caller caller) {
        return gate.readAsOperator(
                caller,
                Permission.SERVER_READ,
                new Deed("list providers", ""),
                allowed -> new Outcome.Done<>(allowed.tx().providers().list().stream()
                        .map(provider -> listed(allowed, provider))
                        .toList()));
    }

    public Outcome<Listed> show(Caller caller, String name) {
        return gate.readAsOperator(
                caller, Permission.SERVER_READ, new Deed("show provider", name), allowed -> allowed.tx()
                        .providers()
                        .find(name)
                        .<Outcome<Listed>>map(provider -> new Outcome.Done<>(listed(allowed, provider)))
                        .orElseGet(() -> unknown(name)));
    }

    private static Listed listed(Gate.AllowedOperator allowed, IdentityProvider provider) {
        return new Listed(
                provider,
                allowed.tx()
                        .domains()
                        .find(provider.domainId())
                        .map(Domain::name)
                        .orElseThrow());
    }

    private static <T> Outcome<T> unknown(String name) {
        return new Outcome.NotFound<>("provider " + name);
    }

    /**
     * Adds a provider, whether or not it answers at this moment.
     *
     * @param wanted makes it for a domain's id
     * @param secret of this coordinator as its client; empty for a public client, and for one of SAML
     */
    public Outcome<Listed> add(
            Caller caller, String name, String domain, LongFunction<IdentityProvider> wanted, String secret) {
        return addWith(caller, name, domain, wanted, secret);
    }

    /** Adds a provider of SAML whose requests are signed, by a key that is made for it. */
    public Outcome<Listed> addSigning(
            Caller caller, String name, String domain, LongFunction<IdentityProvider> wanted) {
        // Whoever may add none makes nobody calculate, and the one writer does not wait for it.
        Outcome<Instant> now = gate.readAsOperator(
                caller,
                Permission.SERVER_WRITE,
                new Deed("add provider", name),
                allowed -> new Outcome.Done<>(allowed.tx().now()));
        return now instanceof Outcome.Done<Instant> may
                ? addWith(
                        caller, name, domain, wanted, SpKey.create(may.value()).secret())
                : now.map(unused -> {
                    throw new IllegalStateException("was refused");
                });
    }

    private Outcome<Listed> addWith(
            Caller caller, String name, String domain, LongFunction<IdentityProvider> wanted, String secret) {
        return gate.writeAsOperator(caller, Permission.SERVER_WRITE, new Deed("add provider", name), allowed -> {
            Optional<Domain> found = allowed.tx().domains().find(domain);
            if (found.isEmpty()) {
                return new Outcome.NotFound<>("domain " + domain);
            }
            IdentityProvider provider = wanted.apply(found.get().id());
            boolean signs = provider.saml() != null && provider.saml().signsRequests();
            if (provider.saml() != null && signs == secret.isEmpty()) {
                return new Outcome.Invalid<>("a provider of SAML has no client secret");
            }
            if ((!signs && secret.length() > MAX_SECRET_LENGTH)
                    || secret.chars().anyMatch(Character::isISOControl)) {
                return new Outcome.Invalid<>(
                        "a client secret is one line of at most " + MAX_SECRET_LENGTH + " characters");
            }
            List<IdentityProvider> there = allowed.tx().providers().list();
            if (there.size() >= MAX_PROVIDERS) {
                return new Outcome.Conflict<>("there are " + MAX_PROVIDERS + " providers");
            }
            if (there.stream().anyMatch(other -> other.name().equals(name))) {
                return new Outcome.Conflict<>("there is a provider " + name);
            }
            return new Outcome.Done<>(listed(allowed, allowed.tx().providers().add(provider, secret)));
        });
    }

    /** Forgets a provider and ends the sessions that began by it; its users stay, without a way in. */
    public Outcome<Listed> remove(Caller caller, String name) {
        return gate.writeAsOperator(caller, Permission.SERVER_WRITE, new Deed("remove provider", name), allowed -> {
            Optional<IdentityProvider> found = allowed.tx().providers().find(name);
            if (found.isEmpty()) {
                return unknown(name);
            }
            Listed removed = listed(allowed, found.get());
            allowed.tx().providers().remove(found.get());
            return new Outcome.Done<>(removed);
        });
    }

    /** Asks a provider for its description and keys, outside of the transaction that decides whether the caller may. */
    public Outcome<Listed> test(Caller caller, String name) {
        Outcome<Listed> decided = gate.writeAsOperator(
                caller, Permission.SERVER_WRITE, new Deed("test provider", name), allowed -> allowed.tx()
                        .providers()
                        .find(name)
                        .<Outcome<Listed>>map(provider -> new Outcome.Done<>(listed(allowed, provider)))
                        .orElseGet(() -> unknown(name)));
        return decided instanceof Outcome.Done<Listed> done
                ? check.faultOf(done.value().provider())
                        .<Outcome<Listed>>map(Outcome.Conflict::new)
                        .orElse(done)
                : decided;
    }
}
