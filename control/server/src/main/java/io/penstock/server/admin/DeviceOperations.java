package io.penstock.server.admin;

import io.penstock.server.admin.Gate.Allowed;
import io.penstock.server.admin.Gate.Deed;
import io.penstock.server.model.JoinRequest;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Refusal;
import io.penstock.server.model.Token;
import io.penstock.server.model.User;
import io.penstock.server.model.UserCode;
import io.penstock.server.registry.Confirmation;
import io.penstock.server.registry.NodeRegistry;
import io.penstock.server.registry.Standing;
import io.penstock.server.store.NodeTable;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Devices that wait to be let in. A device belongs to no domain until somebody decides, and then to theirs: whoever holds its
 * link and may have nodes in a domain may decide for that domain. Root on the machine, who is no user, lets nobody in this way.
 */
public final class DeviceOperations {
    private static final String WHAT = "device that waits behind this link";

    private final Gate gate;
    private final NodeRegistry registry;

    DeviceOperations(Gate gate, NodeRegistry registry) {
        this.gate = gate;
        this.registry = registry;
    }

    /**
     * A device as whoever decides sees it.
     *
     * @param known the node of the domain that the device would be again, null if it would be a new one
     * @param now when that was so
     */
    public record Waiting(JoinRequest request, @Nullable Node known, Instant now) {}

    /** How it stands with the link, which anybody who holds it may know. */
    public Standing standing(Token link) {
        return registry.standing(link);
    }

    /** Shows the device behind a link to somebody who could let it into the domain. */
    public Outcome<Waiting> look(Caller caller, String domain, Token link) {
        return gate.read(caller, Permission.NODES_WRITE, domain, new Deed("look at device", name(link)), allowed -> {
            Optional<JoinRequest> open = open(allowed, link);
            return open.isEmpty()
                    ? new Outcome.NotFound<>(WHAT)
                    : within(
                            allowed,
                            open.get(),
                            () -> new Outcome.Done<>(new Waiting(
                                    open.get(),
                                    known(allowed, open.get()),
                                    allowed.tx().now())));
        });
    }

    /** What came of a code that somebody typed in. */
    public sealed interface CodeEntered {
        /** A device waits behind it, whose link this is. */
        record Link(Token link) implements CodeEntered {}

        /** None does. */
        record Unknown() implements CodeEntered {}

        /** They have typed in too many that are none. */
        record TooMany() implements CodeEntered {}
    }

    /**
     * Finds the device behind a code, for somebody who could let one into the domain. Guesses are few for each user, so that nobody finds
     * a stranger's device; they are in the audit log.
     */
    public Outcome<CodeEntered> enter(Caller caller, String domain, String typed) {
        Deed deed = new Deed("enter device code", domain);
        return gate.write(caller, Permission.NODES_WRITE, domain, deed, allowed -> {
            User user = allowed.authority().user();
            if (user == null) {
                return new Outcome.Conflict<>("a device belongs to whoever lets it in, who is a user");
            }
            if (allowed.tx().codeTries().isClosed(user.id())) {
                return new Outcome.Done<>(new CodeEntered.TooMany());
            }
            Optional<Token> link = UserCode.parse(typed).flatMap(allowed.tx().joinRequests()::linkOf);
            if (link.isPresent()) {
                return new Outcome.Done<>(new CodeEntered.Link(link.get()));
            }
            allowed.tx().codeTries().noteFailure(user.id());
            allowed.tx()
                    .audit()
                    .add(
                            allowed.domain().id(),
                            allowed.authority().actor(),
                            "enter device code",
                            domain,
                            false,
                            "no device waits behind it");
            return new Outcome.Done<>(new CodeEntered.Unknown());
        });
    }

    /** Lets the device into the domain, as the caller's own or with the tags that it asks for if the policy allows them. */
    public Outcome<Node> letIn(Caller caller, String domain, Token link) {
        return gate.write(caller, Permission.NODES_WRITE, domain, new Deed("let device in", name(link)), allowed -> {
            User user = allowed.authority().user();
            if (user == null) {
                return new Outcome.Conflict<>("a device belongs to whoever lets it in, who is a user");
            }
            Optional<String> fault = allowed.factorFault();
            if (fault.isPresent()) {
                return new Outcome.Denied<>(fault.get());
            }
            return switch (registry.confirm(allowed.tx(), link, user)) {
                case Confirmation.Joined joined -> new Outcome.Done<>(joined.node());
                case Confirmation.Refused refused -> new Outcome.Conflict<>(refused.detail());
                case Confirmation.Gone gone -> new Outcome.NotFound<>(WHAT);
                case Confirmation.Denied denied -> throw new IllegalStateException("confirming denies nobody");
            };
        });
    }

    /** Turns the device away; it may ask anew. */
    public Outcome<JoinRequest> turnAway(Caller caller, String domain, Token link) {
        return gate.write(caller, Permission.NODES_WRITE, domain, new Deed("turn device away", name(link)), allowed -> {
            Optional<JoinRequest> open = open(allowed, link);
            if (open.isEmpty()) {
                return new Outcome.NotFound<>(WHAT);
            }
            return within(allowed, open.get(), () -> {
                if (!(NodeRegistry.deny(allowed.tx(), link) instanceof Confirmation.Denied)) {
                    throw new IllegalStateException("an open request was decided within the transaction");
                }
                return new Outcome.Done<>(open.get());
            });
        });
    }

    private static Optional<JoinRequest> open(Allowed allowed, Token link) {
        return allowed.tx()
                .joinRequests()
                .find(link)
                .filter(request -> request.isOpen(allowed.tx().now()));
    }

    /** A device that is in another domain is that domain's concern. */
    private static <T> Outcome<T> within(Allowed allowed, JoinRequest request, Supplier<Outcome<T>> work) {
        boolean isElsewhere = allowed.tx()
                .nodes()
                .find(request.nodeKey())
                .filter(node -> node.domainId() != allowed.domain().id())
                .isPresent();
        return isElsewhere ? new Outcome.Conflict<>(Refusal.NODE_KEY_OF_ANOTHER_DOMAIN.text()) : work.get();
    }

    private static @Nullable Node known(Allowed allowed, JoinRequest request) {
        NodeTable nodes = allowed.tx().nodes();
        User user = allowed.authority().user();
        return nodes.find(request.nodeKey())
                .or(() -> user == null
                        ? Optional.empty()
                        : nodes.find(
                                allowed.domain().id(),
                                request.machineKey(),
                                request.wanted().isEmpty()
                                        ? new Owner.OfUser(user.id())
                                        : new Owner.OfTags(request.wanted())))
                .orElse(null);
    }

    /** By the part of the link that is no secret; what a device calls itself is no name for a log. */
    private static String name(Token link) {
        return link.toString();
    }
}
