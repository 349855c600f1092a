package io.penstock.server.web;

import io.penstock.server.admin.Administration;
import io.penstock.server.admin.NodeOperations;
import io.penstock.server.admin.NodeOperations.Expiry;
import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.Permission;
import io.penstock.server.admin.Permission.Reach;
import io.penstock.server.admin.UserOperations;
import io.penstock.server.http.PageResponse;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.User;
import io.penstock.server.web.Visit.Visitor;
import io.penstock.wireguard.route.Prefix;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The machines of a domain, and each with what may be done to it; one's own among them. Stateless. */
final class MachinesPage {
    private static final String DO = "do";
    private static final String ROUTE = "route";
    private static final String LIFETIME = "lifetime";
    private static final String NEVER = "never";

    private static final Field NAME = new Field("name", "Name", "", Field.Kind.TEXT, "off");

    private static final List<Form.Option> LIFETIMES = List.of(
            new Form.Option("30", "in 30 days"),
            new Form.Option("90", "in 90 days"),
            new Form.Option("180", "in 180 days"),
            new Form.Option("365", "in a year"),
            new Form.Option(NEVER, "never"));

    private final Layout layout;
    private final NodeOperations nodes;
    private final UserOperations users;

    MachinesPage(Layout layout, Administration administration) {
        this.layout = layout;
        nodes = administration.nodes();
        users = administration.users();
    }

    static Html link(Node node) {
        return Html.of(Tag.A, List.of(Attribute.href(PagePath.machine(node.id()))), node.name());
    }

    /** How long its key is good. */
    static Html key(Node node, Instant now) {
        Instant expires = node.expires();
        if (expires == null) {
            return Html.text("does not end");
        }
        return node.isExpired(now)
                ? Grid.badge("ended", "wrong")
                : Html.of(Tag.SPAN, Html.text("until "), Html.text(Times.day(expires)));
    }

    PageResponse list(Visit visit) {
        Optional<Visitor> visitor = visit.visitor();
        if (visitor.isEmpty()) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        String domain = visitor.get().domain().name();
        Outcome<List<Node>> outcome = nodes.list(visitor.get().caller(), domain);
        if (!(outcome instanceof Outcome.Done<List<Node>> done)) {
            return Refusals.page(layout, visit, outcome);
        }
        Map<Long, User> owners = owners(visitor.get());
        Grid grid = new Grid("Name", "Belongs to", "Address", "Last here", "Key", "Routes");
        done.value().stream()
                .sorted(Comparator.comparing(Node::name))
                .forEach(node -> grid.row(
                        link(node),
                        Html.of(Tag.BDI, ForeignText.visible(owner(node, owners))),
                        Html.text(node.v4().toString()),
                        Html.text(Times.ago(node.lastSeen(), visitor.get().now())),
                        key(node, visitor.get().now()),
                        routes(node)));
        Html lead = Html.of(
                Tag.P,
                done.value().isEmpty()
                        ? "There are none. A machine comes in by a login, or by a key."
                        : done.value().size() + (done.value().size() == 1 ? " machine." : " machines."));
        return done.value().isEmpty()
                ? layout.wide(visit, 200, "Machines", lead)
                : layout.wide(visit, 200, "Machines", lead, grid.build());
    }

    private Map<Long, User> owners(Visitor visitor) {
        return users.list(visitor.caller(), visitor.domain().name()) instanceof Outcome.Done<List<User>> done
                ? done.value().stream().collect(Collectors.toMap(User::id, Function.identity()))
                : Map.of();
    }

    private static String owner(Node node, Map<Long, User> owners) {
        return switch (node.owner()) {
            case Owner.OfUser of ->
                Optional.ofNullable(owners.get(of.userId()))
                        .map(User::loginName)
                        .orElse("somebody");
            case Owner.OfTags tagged -> tagged.tags().toString();
        };
    }

    private static Html routes(Node node) {
        int waiting = node.routes().waiting().size();
        int serving = node.routes().serving().size() + (node.routes().isExitNode() ? 1 : 0);
        if (waiting > 0) {
            return Grid.badge(waiting + " to approve", "new");
        }
        return Html.text(serving == 0 ? "–" : Integer.toString(serving));
    }

    PageResponse show(Visit visit, long id) {
        return show(visit, id, 200, "");
    }

    private PageResponse show(Visit visit, long id, int status, String fault) {
        Optional<Visitor> found = visit.visitor();
        if (found.isEmpty()) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        Visitor visitor = found.get();
        Outcome<Node> outcome = nodes.get(visitor.caller(), visitor.domain().name(), id);
        if (!(outcome instanceof Outcome.Done<Node> done)) {
            return Refusals.page(layout, visit, outcome);
        }
        Node node = done.value();
        List<Html> content = new ArrayList<>();
        if (!fault.isEmpty()) {
            content.add(Layout.alert(fault));
        }
        content.add(facts(node, visitor));
        boolean isOwn = node.isOwnedBy(visitor.user().id());
        if (visitor.may(Permission.NODES_WRITE, isOwn ? Reach.OWN : Reach.ALL)) {
            content.add(visit.form(PagePath.machine(id))
                    .field(NAME, node.name(), null, false)
                    .button("Rename", DO, "rename", "plain")
                    .build());
        }
        if (visitor.may(Permission.ROUTES_WRITE, Reach.ALL) && !routesOf(node).isEmpty()) {
            content.add(Html.of(Tag.H2, "Routes"));
            content.add(routes(visit, node));
        }
        if (visitor.may(Permission.NODES_EXPIRY, Reach.ALL) && !node.isExpired(visitor.now())) {
            content.add(Html.of(Tag.H2, "Its key ends"));
            content.add(visit.form(PagePath.machine(id))
                    .choice(LIFETIME, "From now", LIFETIMES, node.expires() == null ? NEVER : "180")
                    .button("Set", DO, "set-expiry", "plain")
                    .build());
        }
        if (visitor.may(Permission.NODES_WRITE, isOwn ? Reach.OWN : Reach.ALL)) {
            content.add(Html.of(Tag.H2, "Put it out"));
            content.add(
                    Html.of(
                            Tag.P,
                            "To end its key makes somebody log it in again. To remove it forgets it: it has to join anew, as a new machine."));
            content.add(visit.form(PagePath.machine(id))
                    .ids("out")
                    .check("sure", "1", "I mean " + node.name(), false)
                    .button("End its key", DO, "expire", "stop")
                    .button("Remove it", DO, "remove", "stop")
                    .build());
        }
        return layout.page(visit, status, node.name(), content.toArray(Html[]::new));
    }

    private Html facts(Node node, Visitor visitor) {
        List<Html> rows = new ArrayList<>();
        row(rows, "Belongs to", Html.of(Tag.BDI, ForeignText.visible(owner(node, owners(visitor)))));
        row(rows, "Addresses", Grid.lines(node.v4().toString(), node.v6().toString()));
        row(
                rows,
                "Calls itself",
                Html.of(Tag.BDI, ForeignText.visible(node.host().name())));
        row(rows, "Joined", Times.minute(node.created()));
        row(rows, "Last here", Html.text(Times.ago(node.lastSeen(), visitor.now())));
        row(rows, "Key", key(node, visitor.now()));
        row(rows, "Node key", Html.of(Tag.CODE, node.nodeKey().toString()));
        return Html.of(Tag.DL, List.of(), rows);
    }

    private static void row(List<Html> rows, String term, Html description) {
        rows.add(Html.of(Tag.DT, term));
        rows.add(Html.of(Tag.DD, description));
    }

    private static Set<String> routesOf(Node node) {
        Set<String> all = new TreeSet<>();
        node.routes().advertised().forEach(prefix -> all.add(prefix.toString()));
        node.routes().approved().forEach(prefix -> all.add(prefix.toString()));
        return all;
    }

    private static Html routes(Visit visit, Node node) {
        Form form = visit.form(PagePath.machine(node.id())).ids("routes");
        for (String prefix : routesOf(node)) {
            boolean isTold = node.routes().advertised().contains(Prefix.parse(prefix));
            form.check(
                    ROUTE,
                    prefix,
                    prefix + (isTold ? "" : " (not advertised now)"),
                    node.routes().approved().contains(Prefix.parse(prefix)));
        }
        return form.button("Approve these and no others", DO, "routes", "plain").build();
    }

    /** Does what a form says. */
    PageResponse change(Visit visit, long id) {
        Optional<Visitor> found = visit.visitor();
        if (found.isEmpty()) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        Visitor visitor = found.get();
        String what = visit.field(DO);
        boolean isSure = !visit.field("sure").isEmpty();
        if ((what.equals("expire") || what.equals("remove")) && !isSure) {
            return show(visit, id, 422, "Say first which machine you mean.");
        }
        Outcome<Node> outcome;
        try {
            outcome = change(visit, visitor, id, what);
        } catch (IllegalArgumentException e) {
            outcome = new Outcome.Invalid<>("this form has been changed");
        }
        if (outcome instanceof Outcome.Done<Node>) {
            boolean isGone = what.equals("remove");
            OwnPath all = visitor.may(Permission.NODES_READ, Reach.ALL) ? PagePath.MACHINES : PagePath.HOME;
            return Layout.seeOther(isGone ? all : PagePath.machine(id));
        }
        if (outcome instanceof Outcome.NotFound<Node> || outcome instanceof Outcome.Unauthenticated<Node>) {
            return Refusals.page(layout, visit, outcome);
        }
        Refusals.Fault fault = Refusals.of(outcome);
        return show(visit, id, fault.status(), fault.text());
    }

    private Outcome<Node> change(Visit visit, Visitor visitor, long id, String what) {
        String domain = visitor.domain().name();
        return switch (what) {
            case "rename" ->
                nodes.rename(visitor.caller(), domain, id, visit.field(NAME).strip());
            case "expire" -> nodes.expire(visitor.caller(), domain, id);
            case "remove" -> nodes.remove(visitor.caller(), domain, id);
            case "set-expiry" -> nodes.setExpiry(visitor.caller(), domain, id, expiry(visit.field(LIFETIME)));
            case "routes" ->
                nodes.approveRoutes(
                        visitor.caller(),
                        domain,
                        id,
                        visit.fields(ROUTE).stream().map(Prefix::parse).collect(Collectors.toSet()));
            default -> new Outcome.Invalid<>("this form has been changed");
        };
    }

    private static Expiry expiry(String days) {
        return days.equals(NEVER)
                ? new Expiry.Never()
                : new Expiry.In(Duration.ofDays(Numbers.id(days).orElseThrow(IllegalArgumentException::new)));
    }
}
