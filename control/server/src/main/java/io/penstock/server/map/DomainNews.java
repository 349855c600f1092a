package io.penstock.server.map;

import io.penstock.server.model.Change;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.PolicyVersion;
import io.penstock.server.model.User;
import io.penstock.server.store.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What became of a domain, as the store has it at one moment. Of everything, or of what changed.
 *
 * @param isAll what is not in here does not exist
 * @param dns null: as before
 * @param tellsPolicy whether {@code policy} is told; else it is as before
 * @param policy in force, empty if there is none
 */
record DomainNews(
        Domain domain,
        boolean isAll,
        Map<Long, User> users,
        Set<Long> goneUsers,
        Map<Long, Node> nodes,
        Set<Long> goneNodes,
        @Nullable DomainDns dns,
        boolean tellsPolicy,
        Optional<PolicyVersion> policy) {

    /** Everything that there is. */
    static List<DomainNews> all(Transaction tx) {
        return tx.domains().list().stream()
                .map(domain -> everything(tx, domain))
                .toList();
    }

    /** The whole domain. */
    static DomainNews everything(Transaction tx, Domain domain) {
        long id = domain.id();
        return new DomainNews(
                domain,
                true,
                tx.users().list(id).stream().collect(Collectors.toMap(User::id, Function.identity())),
                Set.of(),
                tx.nodes().list(id).stream().collect(Collectors.toMap(Node::id, Function.identity())),
                Set.of(),
                DomainDns.read(tx, id),
                true,
                tx.policies().current(id));
    }

    /**
     * What the entries of the change log are of, as it is now.
     *
     * @param isKnown whether a domain's state is held; of another everything is read
     */
    static List<DomainNews> of(Transaction tx, List<Change> changes, LongPredicate isKnown) {
        Map<Long, List<Change>> byDomain = new LinkedHashMap<>();
        for (Change change : changes) {
            byDomain.computeIfAbsent(change.domainId(), first -> new ArrayList<>())
                    .add(change);
        }
        List<DomainNews> news = new ArrayList<>();
        byDomain.forEach((id, entries) -> tx.domains() // none has the number of those that are of no domain
                .find(id)
                .map(domain -> isKnown.test(id) ? changed(tx, domain, entries) : everything(tx, domain))
                .ifPresent(news::add));
        return news;
    }

    private static DomainNews changed(Transaction tx, Domain domain, List<Change> entries) {
        Map<Long, User> users = new HashMap<>();
        Map<Long, Node> nodes = new HashMap<>();
        Set<Long> goneUsers = new HashSet<>();
        Set<Long> goneNodes = new HashSet<>();
        boolean otherNames = false;
        boolean otherPolicy = false;
        for (Change entry : entries) {
            long id = entry.subjectId();
            switch (entry.kind()) {
                case NODE_ADDED, NODE_REMOVED, NODE_CHANGED, NODE_KEY, NODE_CONTACT, NODE_ROUTES -> {
                    if (!nodes.containsKey(id) && !goneNodes.contains(id)) {
                        tx.nodes()
                                .find(domain.id(), id)
                                .ifPresentOrElse(node -> nodes.put(id, node), () -> goneNodes.add(id));
                    }
                }
                case USER -> readUser(tx, domain.id(), id, users, goneUsers);
                case DNS, DOMAIN -> otherNames = true;
                case POLICY -> otherPolicy = true;
                case JOIN_REQUEST -> {}
            }
        }
        for (Node node : nodes.values()) {
            if (node.owner() instanceof Owner.OfUser(long userId)) { // who may have come later than these entries tell
                readUser(tx, domain.id(), userId, users, goneUsers);
            }
        }
        return new DomainNews(
                domain,
                false,
                users,
                goneUsers,
                nodes,
                goneNodes,
                otherNames ? DomainDns.read(tx, domain.id()) : null,
                otherPolicy,
                otherPolicy ? tx.policies().current(domain.id()) : Optional.empty());
    }

    private static void readUser(Transaction tx, long domainId, long id, Map<Long, User> users, Set<Long> gone) {
        if (!users.containsKey(id) && !gone.contains(id)) {
            tx.users().find(domainId, id).ifPresentOrElse(user -> users.put(id, user), () -> gone.add(id));
        }
    }
}
