package io.penstock.server.admin;

import io.penstock.server.admin.Gate.Allowed;
import io.penstock.server.admin.Gate.Deed;
import io.penstock.server.model.Node;
import io.penstock.server.model.PolicyVersion;
import io.penstock.server.model.User;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The policy of a domain. One that its check refuses never takes the place of one in force. */
public final class PolicyOperations {
    public static final int MAX_LENGTH = 1 << 20;

    private static final int MAX_LISTED = 100;

    private final Gate gate;
    private final PolicyCheck check;

    PolicyOperations(Gate gate, PolicyCheck check) {
        this.gate = gate;
        this.check = check;
    }

    /** The policy in force; not found before the first. */
    public Outcome<PolicyVersion> get(Caller caller, String domain) {
        return gate.read(
                caller, Permission.POLICY_READ, domain, new Deed("show policy", domain), allowed -> allowed.tx()
                        .policies()
                        .current(allowed.domain().id())
                        .<Outcome<PolicyVersion>>map(Outcome.Done::new)
                        .orElseGet(() -> new Outcome.NotFound<>("policy of " + domain)));
    }

    /** The newest versions first. */
    public Outcome<List<PolicyVersion>> versions(Caller caller, String domain) {
        return gate.read(
                caller,
                Permission.POLICY_READ,
                domain,
                new Deed("list policies", domain),
                allowed -> new Outcome.Done<>(
                        allowed.tx().policies().list(allowed.domain().id(), MAX_LISTED)));
    }

    private record Members(List<User> users, List<Node> nodes) {}

    /**
     * Puts a policy into force. Its tests run over the nodes of the moment before, outside of the transaction, so that nobody
     * waits for them: nodes that come meanwhile are as untested as those that come after. Whether the caller may is asked at
     * both moments.
     *
     * @param expectedVersion the version that it was made from, 0 for none; null to replace whatever is there
     */
    public Outcome<PolicyVersion> set(Caller caller, String domain, String text, @Nullable Long expectedVersion) {
        Deed deed = new Deed("set policy", domain);
        Outcome<Optional<String>> judged = judge(caller, domain, deed, text);
        if (!(judged instanceof Outcome.Done<Optional<String>>(Optional<String> fault))) {
            return judged.map(never -> {
                throw new IllegalStateException("done and not done");
            });
        }
        return gate.write(caller, Permission.POLICY_WRITE, domain, deed, allowed -> fault.<Outcome<PolicyVersion>>map(
                        Outcome.Invalid::new)
                .orElseGet(() -> putIntoForce(allowed, text, expectedVersion)));
    }

    /** Runs a policy's tests over the nodes of this moment, and changes nothing. */
    public Outcome<Boolean> test(Caller caller, String domain, String text) {
        Outcome<Optional<String>> judged = judge(caller, domain, new Deed("test policy", domain), text);
        return judged instanceof Outcome.Done<Optional<String>>(Optional<String> fault) && fault.isPresent()
                ? new Outcome.Invalid<>(fault.get())
                : judged.map(nothing -> true);
    }

    /** What is wrong with a policy over the users and nodes of this moment, for a caller who may set one; empty if it may come into force. */
    private Outcome<Optional<String>> judge(Caller caller, String domain, Deed deed, String text) {
        Outcome<Members> members = gate.read(
                caller,
                Permission.POLICY_WRITE,
                domain,
                deed,
                allowed -> new Outcome.Done<>(new Members(
                        allowed.tx().users().list(allowed.domain().id()),
                        allowed.tx().nodes().list(allowed.domain().id()))));
        return members.map(of -> text.length() > MAX_LENGTH
                ? Optional.of("a policy of more than " + MAX_LENGTH + " characters")
                : check.faultOf(text, of.users(), of.nodes()));
    }

    private static Outcome<PolicyVersion> putIntoForce(Allowed allowed, String text, @Nullable Long expectedVersion) {
        long domainId = allowed.domain().id();
        long current = allowed.tx()
                .policies()
                .current(domainId)
                .map(PolicyVersion::version)
                .orElse(0L);
        if (expectedVersion != null && expectedVersion != current) {
            return new Outcome.Conflict<>("version " + current + " is in force, not " + expectedVersion);
        }
        return new Outcome.Done<>(
                allowed.tx().policies().add(domainId, text, allowed.authority().actor()));
    }
}
