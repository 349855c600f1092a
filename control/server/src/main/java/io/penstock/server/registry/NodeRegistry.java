package io.penstock.server.registry;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.server.model.Contact;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Host;
import io.penstock.server.model.JoinPolicy;
import io.penstock.server.model.JoinRequest;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.PreAuthKey;
import io.penstock.server.model.Refusal;
import io.penstock.server.model.RegistrationRequest;
import io.penstock.server.model.RegistrationStep;
import io.penstock.server.model.Routes;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.model.UserCode;
import io.penstock.server.store.Store;
import io.penstock.server.store.Transaction;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.route.Prefix;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Who is in: registration by key, by login or by what is known already, where nodes are, and who leaves. Each call is one
 * transaction, in which everything that it depends on is read; when it returns, its answer holds. Thread-safe.
 */
public final class NodeRegistry {
    /** An ephemeral node that was not connected for so long is forgotten. */
    public static final Duration EPHEMERAL_GRACE = Duration.ofMinutes(30);

    private final Store store;
    private final PolicySource policies;
    private final Entropy entropy;

    /**
     * A registry over a store that it does not own.
     *
     * @param entropy thread-safe
     */
    public NodeRegistry(Store store, PolicySource policies, Entropy entropy) {
        this.store = store;
        this.policies = policies;
        this.entropy = entropy;
    }

    /** Lets a node in, or says what it lacks. */
    public Registration register(RegistrationRequest request) {
        try {
            return store.write(tx -> {
                Node known = tx.nodes().find(request.nodeKey()).orElse(null);
                return switch (RegistrationStep.of(request, known, tx.now())) {
                    case RegistrationStep.Refuse refuse -> Registration.refused(refuse.refusal());
                    case RegistrationStep.LogOut logOut -> logOut(tx, logOut.node());
                    case RegistrationStep.StayOut out -> new Registration.LoggedOut();
                    case RegistrationStep.AwaitLogin await -> awaitLogin(tx, request, await.link());
                    case RegistrationStep.UseAuthKey use -> useAuthKey(tx, request, known, use.key());
                    case RegistrationStep.Confirm confirm -> confirmKnown(tx, confirm.node());
                    case RegistrationStep.KeyExpired expired -> new Registration.KeyExpired(expired.node());
                    case RegistrationStep.AskLogin ask -> askLogin(tx, request);
                };
            });
        } catch (Admission.GivenUpException e) {
            return new Registration.Refused(e.refusal, e.detail);
        }
    }

    private static Registration logOut(Transaction tx, Node node) {
        if (node.ephemeral()) {
            tx.nodes().remove(node);
        } else if (!node.isExpired(tx.now())) {
            tx.nodes().setExpiry(node, tx.now());
        }
        return new Registration.LoggedOut();
    }

    private static Registration confirmKnown(Transaction tx, Node node) {
        return isOwnerActive(tx, node.domainId(), node.owner())
                ? new Registration.Joined(node)
                : Registration.refused(Refusal.OWNER_DISABLED);
    }

    private static boolean isOwnerActive(Transaction tx, long domainId, Owner owner) {
        return switch (owner) {
            case Owner.OfUser user ->
                tx.users().find(domainId, user.userId()).filter(User::isActive).isPresent();
            case Owner.OfTags tagged -> true;
        };
    }

    private Registration useAuthKey(Transaction tx, RegistrationRequest request, @Nullable Node known, Token token) {
        Optional<PreAuthKey> found = tx.preAuthKeys().find(token);
        if (known != null && isRepetition(found, known, tx.now())) {
            return confirmKnown(tx, known);
        }
        if (found.isEmpty()) {
            return Registration.refused(Refusal.AUTH_KEY_UNKNOWN);
        }
        PreAuthKey key = found.get();
        if (!isOwnerActive(tx, key.domainId(), key.owner())) {
            return Registration.refused(Refusal.OWNER_DISABLED);
        }
        if (!tx.preAuthKeys().consume(key.id())) {
            return Registration.refused(whyNot(key, tx.now()));
        }
        Domain domain = tx.domains().find(key.domainId()).orElseThrow();
        return new Registration.Joined(Admission.admit(
                tx,
                domain,
                ownerFor(tx, key, request.wanted()),
                key.id(),
                request.machineKey(),
                request.nodeKey(),
                request.host(),
                key.ephemeral() || request.ephemeral(),
                known));
    }

    /**
     * A client that is restarted sends the registration that it joined by again: the same machine with the same node key, which
     * is still good and which this very key admitted. That is no second use, so it does not matter that the key is used up,
     * past its time, revoked, or gone with the user who made it: the node is in without it. A key that still admits is used, and
     * renews the node.
     *
     * @param found the key that is shown, empty if there is none
     */
    private static boolean isRepetition(Optional<PreAuthKey> found, Node known, Instant now) {
        Long admittedBy = known.preAuthKeyId();
        if (known.isExpired(now)) {
            return false;
        }
        if (found.isEmpty()) {
            return admittedBy == null;
        }
        PreAuthKey key = found.get();
        return admittedBy != null && admittedBy == key.id() && !admits(key, now);
    }

    private static boolean admits(PreAuthKey key, Instant now) {
        return key.revoked() == null && now.isBefore(key.expires()) && (key.reusable() || key.used() == null);
    }

    private static Refusal whyNot(PreAuthKey key, Instant now) {
        if (key.revoked() != null) {
            return Refusal.AUTH_KEY_REVOKED;
        }
        return now.isBefore(key.expires()) ? Refusal.AUTH_KEY_USED : Refusal.AUTH_KEY_EXPIRED;
    }

    private Registration askLogin(Transaction tx, RegistrationRequest request) {
        Token link = Token.create(TokenKind.LINK, entropy);
        UserCode code = UserCode.create(entropy);
        return tx.joinRequests()
                .add(
                        link,
                        code,
                        request.machineKey(),
                        request.nodeKey(),
                        request.host(),
                        request.wanted(),
                        request.ephemeral(),
                        request.from())
                .<Registration>map(waiting -> new Registration.LoginNeeded(link, code, waiting))
                .orElseGet(() -> Registration.refused(Refusal.TOO_MANY_REQUESTS));
    }

    private Registration awaitLogin(Transaction tx, RegistrationRequest request, Token link) {
        Optional<JoinRequest> found = tx.joinRequests()
                .find(link)
                .filter(asked -> asked.machineKey().equals(request.machineKey())
                        && asked.nodeKey().equals(request.nodeKey()));
        if (found.isPresent() && found.get().isOpen(tx.now())) {
            return new Registration.Waiting(found.get());
        }
        if (found.isEmpty() || found.get().decided() == null) {
            return askLogin(tx, request);
        }
        Long joined = found.get().nodeId();
        if (joined == null) {
            return Registration.refused(Refusal.LOGIN_DENIED);
        }
        return tx.nodes()
                .find(request.nodeKey())
                .filter(node -> node.id() == joined)
                .map(node -> confirmKnown(tx, node))
                .orElseGet(() -> askLogin(tx, request));
    }

    /** The device behind a link that is still open, for the page that asks whether to let it in. */
    public Optional<JoinRequest> waiting(Token link) {
        return store.read(tx -> tx.joinRequests().find(link).filter(request -> request.isOpen(tx.now())));
    }

    /** What became of the device behind a link, also after it was decided, as long as that is remembered. */
    public Standing standing(Token link) {
        return store.read(tx -> tx.joinRequests()
                .find(link)
                .<Standing>map(request -> {
                    if (request.decided() == null) {
                        return request.isOpen(tx.now()) ? new Standing.Open(request) : new Standing.Expired();
                    }
                    return request.nodeId() == null ? new Standing.TurnedAway() : new Standing.LetIn();
                })
                .orElseGet(Standing.Unknown::new));
    }

    /** Lets the device behind the link into the user's domain, as theirs or with the tags that it asks for. */
    public Confirmation confirm(Token link, User confirming) {
        try {
            return store.write(tx -> admit(tx, link, confirming));
        } catch (Admission.GivenUpException e) {
            return new Confirmation.Refused(e.refusal, e.detail);
        }
    }

    /**
     * {@link #confirm(Token, User)} as a part of a writing transaction.
     *
     * @return if {@link Confirmation.Refused}, the transaction must not be committed
     */
    public Confirmation confirm(Transaction tx, Token link, User confirming) {
        try {
            return admit(tx, link, confirming);
        } catch (Admission.GivenUpException e) {
            return new Confirmation.Refused(e.refusal, e.detail);
        }
    }

    private Confirmation admit(Transaction tx, Token link, User confirming) {
        Optional<JoinRequest> found = tx.joinRequests().find(link).filter(request -> request.isOpen(tx.now()));
        if (found.isEmpty()) {
            return new Confirmation.Gone();
        }
        JoinRequest request = found.get();
        User user = tx.users()
                .find(confirming.domainId(), confirming.id())
                .filter(User::isActive)
                .orElseThrow(() -> givenUp(Refusal.OWNER_DISABLED));
        Domain domain = tx.domains().find(user.domainId()).orElseThrow();
        Node known = tx.nodes().find(request.nodeKey()).orElse(null);
        if (known != null && !known.machineKey().equals(request.machineKey())) {
            throw givenUp(Refusal.NODE_KEY_OF_ANOTHER_MACHINE);
        }
        Node node = Admission.admit(
                tx,
                domain,
                ownerFor(tx, user, request.wanted()),
                null,
                request.machineKey(),
                request.nodeKey(),
                request.host(),
                request.ephemeral(),
                known);
        if (!tx.joinRequests().decide(request.id(), node.id())) {
            throw new IllegalStateException("an open request was decided within the transaction");
        }
        return new Confirmation.Joined(node);
    }

    private Owner ownerFor(Transaction tx, User user, Tags wanted) {
        if (wanted.isEmpty()) {
            return new Owner.OfUser(user.id());
        }
        if (!policyOf(tx, user.domainId()).mayTag(user, wanted)) {
            throw givenUp(Refusal.TAGS_NOT_ALLOWED);
        }
        return new Owner.OfTags(wanted);
    }

    /** Whose a node becomes by a key; it may ask for the key's tags, or for those that the key's user may give. */
    private Owner ownerFor(Transaction tx, PreAuthKey key, Tags wanted) {
        if (key.tags().names().containsAll(wanted.names())) {
            return key.owner();
        }
        Long userId = key.userId();
        if (!key.tags().isEmpty() || userId == null) {
            throw givenUp(Refusal.TAGS_NOT_OF_KEY);
        }
        return ownerFor(tx, tx.users().find(key.domainId(), userId).orElseThrow(), wanted);
    }

    private static Admission.GivenUpException givenUp(Refusal refusal) {
        return new Admission.GivenUpException(refusal, refusal.text());
    }

    /** Turns the device behind the link away. */
    public Confirmation deny(Token link) {
        return store.write(tx -> deny(tx, link));
    }

    /** {@link #deny(Token)} as a part of a writing transaction. */
    public static Confirmation deny(Transaction tx, Token link) {
        return tx.joinRequests()
                        .find(link)
                        .filter(request -> tx.joinRequests().decide(request.id(), null))
                        .isPresent()
                ? new Confirmation.Denied()
                : new Confirmation.Gone();
    }

    /**
     * Takes what a node tells about itself. Only what differs is written and told to others.
     *
     * @return the node as it is now; empty if no node of this machine has this key
     */
    public Optional<Node> update(
            MachineKey machineKey, NodeKey nodeKey, Contact contact, Host host, Set<Prefix> advertised) {
        return store.write(tx -> {
            Optional<Node> found =
                    tx.nodes().find(nodeKey).filter(node -> node.machineKey().equals(machineKey));
            if (found.isEmpty()) {
                return Optional.empty();
            }
            Node node = found.get();
            if (!node.contact().equals(contact)) {
                tx.nodes().setContact(node, contact);
            }
            if (!node.host().equals(host)) {
                tx.nodes().setHost(node, host);
            }
            Routes routes = routesOf(tx, node, advertised);
            if (!node.routes().equals(routes)) {
                tx.nodes().setRoutes(node, routes);
            }
            return tx.nodes().find(node.domainId(), node.id());
        });
    }

    private Routes routesOf(Transaction tx, Node node, Set<Prefix> advertised) {
        JoinPolicy policy = policyOf(tx, node.domainId());
        User user = node.owner() instanceof Owner.OfUser of
                ? tx.users().find(node.domainId(), of.userId()).orElseThrow()
                : null;
        return node.routes().advertise(advertised, prefix -> policy.approvesRoute(node.owner(), user, prefix));
    }

    private JoinPolicy policyOf(Transaction tx, long domainId) {
        return policies.read(tx.policies().current(domainId));
    }

    /**
     * Forgets the ephemeral nodes that have been away for {@link #EPHEMERAL_GRACE}.
     *
     * @param isConnected whether a node of this id is connected at this moment
     * @return those that are gone
     */
    public List<Node> removeIdleEphemerals(LongPredicate isConnected) {
        return store.write(tx -> {
            List<Node> idle = tx.nodes().listEphemeralUnseenSince(tx.now().minus(EPHEMERAL_GRACE)).stream()
                    .filter(node -> !isConnected.test(node.id()))
                    .toList();
            idle.forEach(tx.nodes()::remove);
            return idle;
        });
    }
}
