package io.penstock.server.web;

import io.penstock.server.admin.Administration;
import io.penstock.server.admin.NodeOperations;
import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.Permission;
import io.penstock.server.admin.Permission.Reach;
import io.penstock.server.admin.SecondFactors;
import io.penstock.server.admin.SignIn;
import io.penstock.server.admin.UserOperations;
import io.penstock.server.http.PageResponse;
import io.penstock.server.model.Identity;
import io.penstock.server.model.Node;
import io.penstock.server.model.Passkey;
import io.penstock.server.model.Role;
import io.penstock.server.model.User;
import io.penstock.server.web.Visit.Visitor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The people of a domain, and each with what may be done. Stateless. */
final class UsersPage {
    private static final String DO = "do";
    private static final String ROLE = "role";

    private static final Field NAME = new Field(
            "login_name", "Name", "As policies name them; letters, digits, dots and hyphens.", Field.Kind.TEXT, "off");

    private final Layout layout;
    private final UserOperations users;
    private final NodeOperations nodes;
    private final SecondFactors factors;

    UsersPage(Layout layout, Administration administration) {
        this.layout = layout;
        users = administration.users();
        nodes = administration.nodes();
        factors = administration.secondFactors();
    }

    private static List<Form.Option> roles(Visitor visitor) {
        return Arrays.stream(Role.values())
                .filter(role -> role.compareTo(visitor.user().role()) <= 0)
                .map(role -> new Form.Option(role.toString(), role.toString()))
                .toList();
    }

    PageResponse list(Visit visit) {
        return list(visit, 200, "");
    }

    private PageResponse list(Visit visit, int status, String fault) {
        Optional<Visitor> found = visit.visitor();
        if (found.isEmpty()) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        Visitor visitor = found.get();
        String domain = visitor.domain().name();
        Outcome<List<User>> outcome = users.list(visitor.caller(), domain);
        if (!(outcome instanceof Outcome.Done<List<User>> done)) {
            return Refusals.page(layout, visit, outcome);
        }
        List<Node> all =
                nodes.list(visitor.caller(), domain) instanceof Outcome.Done<List<Node>> of ? of.value() : List.of();
        Grid grid = new Grid("Name", "Role", "State", "Known by", "Machines");
        done.value().stream()
                .sorted(Comparator.comparing(User::loginName))
                .forEach(user -> grid.row(
                        Html.of(
                                Tag.A,
                                List.of(Attribute.href(PagePath.user(user.id()))),
                                ForeignText.visible(user.loginName())),
                        Html.text(user.role() + (user.operator() ? ", operator" : "")),
                        user.isActive() ? Html.text("active") : Grid.badge("disabled", "wrong"),
                        Html.text(
                                user.identity().isLocal()
                                        ? "this coordinator"
                                        : user.identity().issuer()),
                        Html.text(Long.toString(all.stream()
                                .filter(node -> node.isOwnedBy(user.id()))
                                .count()))));
        List<Html> content = new ArrayList<>();
        if (!fault.isEmpty()) {
            content.add(Layout.alert(fault));
        }
        content.add(grid.build());
        if (visitor.may(Permission.USERS_WRITE, Reach.ALL)) {
            content.add(Html.of(Tag.H2, "Somebody who signs in with a password"));
            content.add(
                    Html.of(
                            Tag.P,
                            "They get a link, which works once and for a day, and takes the place of the last one for the role."));
            content.add(visit.form(PagePath.USERS)
                    .ids("link")
                    .choice(ROLE, "Role", roles(visitor), Role.MEMBER.toString())
                    .button("Make a link", DO, "link", "plain")
                    .build());
            content.add(Html.of(Tag.H2, "Somebody whose machines come in by keys"));
            content.add(visit.form(PagePath.USERS)
                    .ids("add")
                    .field(NAME, visit.field(NAME), null, false)
                    .button("Add", DO, "add", "plain")
                    .build());
        }
        return layout.wide(visit, status, "Users", content.toArray(Html[]::new));
    }

    /** Adds somebody, or makes a link for them, which is shown once. */
    PageResponse add(Visit visit) {
        Optional<Visitor> found = visit.visitor();
        if (found.isEmpty()) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        Visitor visitor = found.get();
        String domain = visitor.domain().name();
        Outcome<?> outcome;
        try {
            if (visit.field(DO).equals("link")) {
                Outcome<UserOperations.IssuedLink> issued =
                        users.invite(visitor.caller(), domain, Role.parse(visit.field(ROLE)));
                if (issued instanceof Outcome.Done<UserOperations.IssuedLink> done) {
                    return shown(visit, done.value());
                }
                outcome = issued;
            } else {
                String name = visit.field(NAME).strip();
                Outcome<User> added = SignIn.loginNameFault(name)
                        .<Outcome<User>>map(Outcome.Invalid::new)
                        .orElseGet(() -> users.add(
                                visitor.caller(), domain, new Identity(Identity.LOCAL, name), name, name, Role.MEMBER));
                if (added instanceof Outcome.Done<User> done) {
                    return Layout.seeOther(PagePath.user(done.value().id()));
                }
                outcome = added;
            }
        } catch (IllegalArgumentException e) {
            outcome = new Outcome.Invalid<>("this form has been changed");
        }
        if (outcome instanceof Outcome.Unauthenticated<?>) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        Refusals.Fault fault = Refusals.of(outcome);
        return list(visit, fault.status(), fault.text());
    }

    private PageResponse shown(Visit visit, UserOperations.IssuedLink issued) {
        return layout.page(
                visit,
                200,
                "A link for a new " + issued.link().role(),
                Html.of(
                        Tag.P,
                        "Send them this, behind the address of this coordinator. It works once, until the time below, and is not shown again."),
                Html.of(
                        Tag.P,
                        Html.of(
                                Tag.CODE,
                                List.of(Attribute.cssClass("seed")),
                                PagePath.setup(issued.secret()).text())),
                Html.of(
                        Tag.P,
                        Html.text("Good until "),
                        Times.minute(issued.link().expires())),
                Html.of(Tag.P, Html.of(Tag.A, List.of(Attribute.href(PagePath.USERS)), "Back to the users")));
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
        Outcome<List<SecondFactors.Owned>> outcome =
                factors.list(visitor.caller(), visitor.domain().name());
        if (!(outcome instanceof Outcome.Done<List<SecondFactors.Owned>> done)) {
            return Refusals.page(layout, visit, outcome);
        }
        Optional<SecondFactors.Owned> owned =
                done.value().stream().filter(one -> one.user().id() == id).findFirst();
        if (owned.isEmpty()) {
            return Refusals.page(layout, visit, new Outcome.NotFound<User>("user " + id));
        }
        User user = owned.get().user();
        List<Html> content = new ArrayList<>();
        if (!fault.isEmpty()) {
            content.add(Layout.alert(fault));
        }
        content.add(facts(owned.get()));
        if (visitor.may(Permission.USERS_WRITE, Reach.ALL)
                && user.role().compareTo(visitor.user().role()) <= 0) {
            content.addAll(forms(visit, visitor, owned.get()));
        }
        return layout.page(visit, status, ForeignText.visible(user.loginName()), content.toArray(Html[]::new));
    }

    private static Html facts(SecondFactors.Owned owned) {
        User user = owned.user();
        List<Html> rows = new ArrayList<>();
        row(rows, "Called", ForeignText.visible(user.displayName()));
        row(rows, "Role", user.role() + (user.operator() ? ", and runs this coordinator" : ""));
        row(rows, "State", user.isActive() ? "active" : "disabled");
        row(
                rows,
                "Known by",
                user.identity().isLocal()
                        ? "this coordinator"
                        : ForeignText.visible(user.identity().toString()));
        row(
                rows,
                "Groups",
                user.groups().isEmpty()
                        ? "–"
                        : ForeignText.visible(String.join(
                                ", ", user.groups().stream().sorted().toList())));
        String passkeys = owned.passkeys().stream()
                .map(Passkey::name)
                .map(ForeignText::visible)
                .reduce((a, b) -> a + ", " + b)
                .map(names -> ", passkeys: " + names)
                .orElse("");
        row(rows, "Second factors", (owned.hasApp() ? "an app" : "no app") + passkeys);
        row(rows, "Here since", Times.day(user.created()));
        return Html.of(Tag.DL, List.of(), rows);
    }

    private static void row(List<Html> rows, String term, String text) {
        rows.add(Html.of(Tag.DT, term));
        rows.add(Html.of(Tag.DD, Html.of(Tag.BDI, text)));
    }

    private static List<Html> forms(Visit visit, Visitor visitor, SecondFactors.Owned owned) {
        User user = owned.user();
        OwnPath here = PagePath.user(user.id());
        List<Html> forms = new ArrayList<>();
        forms.add(visit.form(here)
                .choice(ROLE, "Role", roles(visitor), user.role().toString())
                .button("Change the role", DO, "role", "plain")
                .build());
        forms.add(visit.form(here)
                .field(NAME, user.loginName(), null, false)
                .button("Rename", DO, "rename", "plain")
                .build());
        if (!user.identity().isLocal() && (owned.hasApp() || !owned.passkeys().isEmpty())) {
            forms.add(Html.of(Tag.H2, "A lost second factor"));
            forms.add(Html.of(
                    Tag.P,
                    "Forgets their app and passkeys, and ends their sessions. They set up another when they sign in."));
            forms.add(visit.form(here)
                    .button("Forget their second factors", DO, "reset", "stop")
                    .build());
        }
        forms.add(Html.of(Tag.H2, user.isActive() ? "Keep them out" : "Let them in again"));
        if (user.isActive()) {
            forms.add(Html.of(
                    Tag.P,
                    "Who is disabled does nothing here any more: sessions end, and the keys of their machines."));
        }
        Form last = visit.form(here).ids("last");
        if (user.isActive()) {
            last.check("sure", "1", "I mean " + ForeignText.visible(user.loginName()), false)
                    .button("Disable", DO, "disable", "stop")
                    .button("Remove", DO, "remove", "stop");
        } else {
            last.button("Enable", DO, "enable", "plain");
        }
        forms.add(last.build());
        return forms;
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
        if ((what.equals("disable") || what.equals("remove")) && !isSure) {
            return show(visit, id, 422, "Say first whom you mean.");
        }
        Outcome<?> outcome;
        try {
            outcome = change(visit, visitor, id, what);
        } catch (IllegalArgumentException e) {
            outcome = new Outcome.Invalid<>("this form has been changed");
        }
        if (outcome instanceof Outcome.Done<?>) {
            return Layout.seeOther(what.equals("remove") ? PagePath.USERS : PagePath.user(id));
        }
        if (outcome instanceof Outcome.NotFound<?> || outcome instanceof Outcome.Unauthenticated<?>) {
            return Refusals.page(layout, visit, outcome);
        }
        Refusals.Fault fault = Refusals.of(outcome);
        return show(visit, id, fault.status(), fault.text());
    }

    private Outcome<?> change(Visit visit, Visitor visitor, long id, String what) {
        String domain = visitor.domain().name();
        return switch (what) {
            case "role" -> users.change(visitor.caller(), domain, id, Role.parse(visit.field(ROLE)), null);
            case "rename" ->
                users.rename(visitor.caller(), domain, id, visit.field(NAME).strip(), null);
            case "disable" -> users.change(visitor.caller(), domain, id, null, false);
            case "enable" -> users.change(visitor.caller(), domain, id, null, true);
            case "remove" -> users.remove(visitor.caller(), domain, id);
            case "reset" -> factors.reset(visitor.caller(), domain, id);
            default -> new Outcome.Invalid<>("this form has been changed");
        };
    }
}
