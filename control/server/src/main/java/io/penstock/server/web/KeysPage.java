package io.penstock.server.web;

import io.penstock.server.admin.Administration;
import io.penstock.server.admin.KeyOperations;
import io.penstock.server.admin.KeyOperations.IssuedPreAuthKey;
import io.penstock.server.admin.KeyOperations.NewPreAuthKey;
import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.Permission;
import io.penstock.server.admin.Permission.Reach;
import io.penstock.server.http.PageResponse;
import io.penstock.server.model.ApiKey;
import io.penstock.server.model.PreAuthKey;
import io.penstock.server.model.Tags;
import io.penstock.server.web.Visit.Visitor;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Keys that let machines in without a login, and keys of programs. A new one is shown once. Stateless. */
final class KeysPage {
    private static final String DO = "do";
    private static final String ID = "key";
    private static final String LIFETIME = "lifetime";

    private static final Field TAGS = new Field(
                    "tags",
                    "Tags",
                    "Such as tag:router tag:site-a, separated by spaces. A tagged machine belongs to nobody. Empty for a machine of your own.",
                    Field.Kind.TEXT,
                    "off")
            .optional();

    private static final List<Form.Option> LIFETIMES = List.of(
            new Form.Option("1", "a day"),
            new Form.Option("7", "a week"),
            new Form.Option("30", "30 days"),
            new Form.Option("90", "90 days"));

    private final Layout layout;
    private final KeyOperations keys;

    KeysPage(Layout layout, Administration administration) {
        this.layout = layout;
        keys = administration.keys();
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
        Outcome<List<PreAuthKey>> joining = keys.listPreAuth(visitor.caller(), domain);
        Outcome<List<ApiKey>> programs = keys.listApi(visitor.caller(), domain);
        if (!(joining instanceof Outcome.Done<List<PreAuthKey>> ofMachines)) {
            return Refusals.page(layout, visit, joining);
        }
        if (!(programs instanceof Outcome.Done<List<ApiKey>> ofPrograms)) {
            return Refusals.page(layout, visit, programs);
        }
        List<Html> content = new ArrayList<>();
        if (!fault.isEmpty()) {
            content.add(Layout.alert(fault));
        }
        content.add(Html.of(Tag.H2, "For machines"));
        content.add(
                Html.of(Tag.P, "Let a machine in where nobody is there to log in: penstock up --auth-key file:PATH."));
        Grid machines = new Grid("Key", "Lets in", "State", "Until", "Used", "");
        ofMachines
                .value()
                .forEach(key -> machines.row(
                        Html.of(Tag.CODE, "pnk-auth-" + key.prefix()),
                        Html.text(
                                (key.tags().isEmpty() ? "a user's" : key.tags().toString())
                                        + (key.reusable() ? ", many" : ", one")
                                        + (key.ephemeral() ? ", for a while" : "")),
                        state(key, visitor.now()),
                        Html.text(Times.day(key.expires())),
                        Html.text(Long.toString(key.uses())),
                        key.revoked() == null ? revoke(visit, "revoke", key.id()) : Html.text("–")));
        if (!ofMachines.value().isEmpty()) {
            content.add(machines.build());
        }
        Form form = visit.form(PagePath.KEYS).ids("new");
        if (visitor.may(Permission.KEYS_WRITE, Reach.ALL)) {
            form.field(TAGS, visit.field(TAGS), null, false);
        }
        content.add(form.choice(LIFETIME, "Good for", LIFETIMES, "7")
                .check("reusable", "1", "More than one machine", false)
                .check("ephemeral", "1", "Forget the machine half an hour after it was last here", false)
                .button("Make a key", DO, "add", "plain")
                .build());
        content.add(Html.of(Tag.H2, "For programs"));
        content.add(Html.of(
                Tag.P, "They call the interface for programs, within their scopes: penstock server api-keys create."));
        Grid api = new Grid("Key", "For", "Scopes", "Until", "");
        ofPrograms
                .value()
                .forEach(key -> api.row(
                        Html.of(Tag.CODE, "pnk-api-" + key.prefix()),
                        Html.of(Tag.BDI, ForeignText.visible(key.description())),
                        Html.text(
                                String.join(", ", key.scopes().stream().sorted().toList())),
                        Html.text(Times.day(key.expires())),
                        key.revoked() == null
                                ? revoke(visit, "revoke-api", key.id())
                                : Grid.badge("revoked", "wrong")));
        if (!ofPrograms.value().isEmpty()) {
            content.add(api.build());
        }
        return layout.wide(visit, status, "Keys", content.toArray(Html[]::new));
    }

    private static Html state(PreAuthKey key, Instant now) {
        if (key.revoked() != null) {
            return Grid.badge("revoked", "wrong");
        }
        if (!now.isBefore(key.expires())) {
            return Grid.badge("ended", "wrong");
        }
        return key.used() != null && !key.reusable() ? Html.text("used") : Grid.badge("good", "new");
    }

    private static Html revoke(Visit visit, String what, long id) {
        return visit.form(PagePath.KEYS)
                .hidden(ID, Long.toString(id))
                .button("Revoke", DO, what, "stop")
                .build();
    }

    /** Makes a key, or ends one. */
    PageResponse change(Visit visit) {
        Optional<Visitor> found = visit.visitor();
        if (found.isEmpty()) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        Visitor visitor = found.get();
        Outcome<?> outcome;
        try {
            outcome = change(visit, visitor);
        } catch (IllegalArgumentException e) {
            outcome = new Outcome.Invalid<>(String.valueOf(e.getMessage()));
        }
        if (outcome instanceof Outcome.Done<?> done) {
            return done.value() instanceof IssuedPreAuthKey issued
                    ? shown(visit, issued)
                    : Layout.seeOther(PagePath.KEYS);
        }
        if (outcome instanceof Outcome.Unauthenticated<?>) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        Refusals.Fault fault = Refusals.of(outcome);
        return list(visit, fault.status(), fault.text());
    }

    private Outcome<?> change(Visit visit, Visitor visitor) {
        String domain = visitor.domain().name();
        long id = Numbers.id(visit.field(ID)).orElse(0L);
        return switch (visit.field(DO)) {
            case "add" ->
                keys.addPreAuth(
                        visitor.caller(),
                        domain,
                        new NewPreAuthKey(
                                null,
                                !visit.field("reusable").isEmpty(),
                                !visit.field("ephemeral").isEmpty(),
                                Tags.parse(visit.field(TAGS).strip().replaceAll("\\s+", " ")),
                                Duration.ofDays(
                                        Numbers.id(visit.field(LIFETIME)).orElse(0L))));
            case "revoke" -> keys.revokePreAuth(visitor.caller(), domain, id);
            case "revoke-api" -> keys.revokeApi(visitor.caller(), domain, id);
            default -> new Outcome.Invalid<>("this form has been changed");
        };
    }

    private PageResponse shown(Visit visit, IssuedPreAuthKey issued) {
        return layout.page(
                visit,
                200,
                "A new key",
                Html.of(Tag.P, "Put it into a file on the machine. It is not shown again."),
                Html.of(
                        Tag.P,
                        Html.of(
                                Tag.CODE,
                                List.of(Attribute.cssClass("seed")),
                                issued.secret().reveal())),
                Html.of(
                        Tag.P,
                        Html.text("Good until "),
                        Times.minute(issued.key().expires())),
                Html.of(Tag.P, Html.of(Tag.A, List.of(Attribute.href(PagePath.KEYS)), "Back to the keys")));
    }
}
