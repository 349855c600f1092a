package io.penstock.server.map;

import io.penstock.protocol.policy.PolicyIndex;
import io.penstock.protocol.policy.PolicyNode;
import io.penstock.server.model.Contact;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Routes;
import io.penstock.server.model.User;
import io.penstock.server.policy.PolicyNodes;
import io.penstock.wireguard.route.Prefix;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The nodes and users of a domain, who sees whom, and which version of each is the newest. A change costs those who see the node
 * that it is of. Guarded by the domain's lock; {@link #policyNodes} is also read by the only thread that changes who is in.
 */
final class Members {
    private final Audience audience;
    private final Map<Long, Member> all = new HashMap<>();
    private final Map<Long, User> users = new HashMap<>();
    private final Election election = new Election();
    private final DueTimes expiries = new DueTimes();
    private PolicyIndex index;
    private long version;

    Members(Audience audience, PolicyIndex empty) {
        this.audience = audience;
        this.index = empty;
    }

    /** Of the last change. */
    long version() {
        return version;
    }

    @Nullable Member find(long id) {
        return all.get(id);
    }

    Collection<Member> all() {
        return Collections.unmodifiableCollection(all.values());
    }

    @Nullable User user(long id) {
        return users.get(id);
    }

    /** The owner of a node, null if it is nobody's. */
    @Nullable User ownerOf(Node node) {
        return node.owner() instanceof Owner.OfUser(long id) ? users.get(id) : null;
    }

    PolicyIndex index() {
        return index;
    }

    List<PolicyNode> policyNodes() {
        return all.values().stream()
                .map(member -> member.policyNode)
                .filter(Objects::nonNull)
                .toList();
    }

    /** Another policy is in force, with all {@link #policyNodes} in it. Everybody has to be told of a new view. */
    void setIndex(PolicyIndex compiled) {
        index = compiled;
    }

    void putUser(User user, Instant now) {
        User before = users.put(user.id(), user);
        if (user.equals(before)) {
            return;
        }
        if (before != null) {
            audience.onUser(user.id());
        }
        for (Member member : List.copyOf(all.values())) {
            if (member.node().isOwnedBy(user.id())) {
                judge(member, now);
                audience.onSelf(member.id());
            }
        }
    }

    /** Forgets a user of whom there is no node any more. */
    void removeUser(long id) {
        users.remove(id);
    }

    Set<Long> userIds() {
        return Set.copyOf(users.keySet());
    }

    /** Takes a node as the store has it; its user has to be there. Nothing happens if it is the same as before. */
    void put(Node node, Instant now) {
        Member member = all.get(node.id());
        if (member == null) {
            member = new Member(node);
            all.put(node.id(), member);
        } else {
            replace(member, node);
        }
        expiries.set(node.id(), node.expires());
        judge(member, now);
    }

    private void replace(Member member, Node node) {
        Node before = member.node();
        Set<Prefix> served = member.serving();
        member.replace(node);
        if (!isSameIn(before, node)) {
            if (member.isIn() && !served.equals(member.serving())) {
                election.withdraw(member.id(), served);
                election.stand(member.id(), member.serving());
            }
            touchWhole(member);
        } else if (markParts(member, before)) {
            tellViewers(member);
        }
    }

    /** All but the parts that have a patch, and what maps do not show. */
    private static boolean isSameIn(Node before, Node now) {
        return before.name().equals(now.name())
                && before.owner().equals(now.owner())
                && before.host().equals(now.host())
                && before.v4().equals(now.v4())
                && before.v6().equals(now.v6())
                && before.routes().equals(now.routes())
                && (before.expires() == null || now.expires() != null)
                && (before.contact().disco() == null || now.contact().disco() != null)
                && (before.contact().endpoints().isEmpty()
                        || !now.contact().endpoints().isEmpty())
                && (before.contact().homeRelay() == 0 || now.contact().homeRelay() != 0);
    }

    /** Marks the parts that changed; false if none did. */
    private boolean markParts(Member member, Node before) {
        Node now = member.node();
        Contact told = before.contact();
        Contact contact = now.contact();
        EnumSet<Part> changed = EnumSet.noneOf(Part.class);
        addIfOther(changed, Part.KEY, before.nodeKey(), now.nodeKey());
        addIfOther(changed, Part.EXPIRY, before.expires(), now.expires());
        addIfOther(changed, Part.DISCO, told.disco(), contact.disco());
        addIfOther(changed, Part.ENDPOINTS, told.endpoints(), contact.endpoints());
        addIfOther(changed, Part.RELAY, told.homeRelay(), contact.homeRelay());
        if (changed.isEmpty()) {
            return false;
        }
        version++;
        changed.forEach(part -> member.mark(part, version));
        if (changed.contains(Part.KEY) || changed.contains(Part.EXPIRY)) {
            audience.onSelf(member.id());
        }
        return true;
    }

    private static void addIfOther(Set<Part> changed, Part part, @Nullable Object before, @Nullable Object now) {
        if (!Objects.equals(before, now)) {
            changed.add(part);
        }
    }

    private void touchWhole(Member member) {
        member.markWhole(++version);
        audience.onSelf(member.id());
        tellViewers(member);
    }

    private void tellViewers(Member member) {
        if (member.isIn()) {
            index.forEachVisible(member.id(), viewer -> audience.onPeer(viewer, member.id()));
        }
    }

    private void tellWhoNames(Member member) {
        index.forEachFilterNaming(member.id(), audience::onFilter);
    }

    /** Looks whether a node is in, and as whom the policy knows it. */
    private void judge(Member member, Instant now) {
        User owner = ownerOf(member.node());
        boolean mayBeIn = !member.node().isExpired(now)
                && (member.node().owner() instanceof Owner.OfTags || (owner != null && owner.isActive()));
        PolicyNode next = mayBeIn ? PolicyNodes.of(member.node(), owner) : null;
        PolicyNode before = member.policyNode;
        if (Objects.equals(before, next)) {
            return;
        }
        if (before != null) {
            tellViewers(member);
            tellWhoNames(member);
        }
        if (next == null) {
            leave(member);
        } else {
            index.put(next);
            member.policyNode = next;
            if (before == null) {
                member.markWhole(++version);
                election.stand(member.id(), member.serving());
            }
            tellViewers(member);
            tellWhoNames(member);
            audience.onView(member.id());
            audience.onFilter(member.id());
        }
    }

    private void leave(Member member) {
        index.remove(member.id());
        member.policyNode = null;
        election.withdraw(member.id(), member.serving());
        audience.onOut(member.id());
    }

    void remove(long id) {
        Member member = all.get(id);
        if (member == null) {
            return;
        }
        expiries.set(id, null);
        if (member.isIn()) {
            tellViewers(member);
            tellWhoNames(member);
            leave(member);
        } else {
            audience.onOut(id);
        }
        all.remove(id);
    }

    /** The node's stream began, or its grace is over. */
    void setOnline(Member member, boolean online) {
        if (member.online == online) {
            return;
        }
        member.online = online;
        member.mark(Part.ONLINE, ++version);
        tellViewers(member);
        if (member.isIn()) {
            election.reconsider(member.serving());
        }
    }

    /** All names are others. */
    void touchAll() {
        version++;
        all.values().forEach(member -> member.markWhole(version));
    }

    /** Puts those out whose key is no longer good. */
    void passTime(Instant now) {
        expiries.takeUntil(now, id -> {
            Member member = all.get(id);
            if (member != null) {
                judge(member, now);
            }
        });
    }

    @Nullable Instant nextExpiry() {
        return expiries.next();
    }

    /** Decides who serves what, once all that happened at one moment is in. */
    void settle() {
        LongPredicate isOnline = id -> {
            Member member = all.get(id);
            return member != null && member.online;
        };
        election.settle(isOnline, (before, now) -> {
            touchIfIn(before);
            touchIfIn(now);
        });
    }

    private void touchIfIn(long id) {
        Member member = all.get(id);
        if (member != null && member.isIn()) {
            touchWhole(member);
        }
    }

    /** What a viewer is told of a router: the subnets that it serves and the viewer has a use for. */
    Member.Shown shownTo(long viewer, Member member) {
        if (!member.isRouter()) {
            return Member.Shown.NOTHING;
        }
        List<Prefix> subnets = subnets(member).stream()
                .filter(route -> index.mayUseRoute(viewer, route))
                .toList();
        boolean isExit = member.policyNode != null
                && member.isExit()
                && Routes.EXIT.stream().allMatch(route -> index.mayUseRoute(viewer, route));
        return new Member.Shown(subnets, isExit);
    }

    /** What a node knows of its own routes. */
    Member.Shown shownToItself(Member member) {
        return member.isRouter() ? new Member.Shown(subnets(member), member.isExit()) : Member.Shown.NOTHING;
    }

    private List<Prefix> subnets(Member member) {
        return member.serving().stream()
                .filter(route -> election.isPrimary(member.id(), route))
                .sorted(Comparator.comparing(Prefix::toString))
                .toList();
    }
}
