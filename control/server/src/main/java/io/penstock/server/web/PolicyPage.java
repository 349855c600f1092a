package io.penstock.server.web;

import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.Permission;
import io.penstock.server.admin.Permission.Reach;
import io.penstock.server.admin.PolicyOperations;
import io.penstock.server.http.PageResponse;
import io.penstock.server.model.PolicyVersion;
import io.penstock.server.web.Visit.Visitor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The policy in force, and another in its place once its tests have passed. Stateless. */
final class PolicyPage {
    private static final String DO = "do";
    private static final String TEXT = "text";
    private static final String VERSION = "version";

    /** More does not fit into a form. */
    private static final int MAX_LENGTH = 4 << 10;

    private final Layout layout;
    private final PolicyOperations policies;

    PolicyPage(Layout layout, PolicyOperations policies) {
        this.layout = layout;
        this.policies = policies;
    }

    PageResponse show(Visit visit) {
        Optional<Visitor> found = visit.visitor();
        if (found.isEmpty()) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        Visitor visitor = found.get();
        Outcome<PolicyVersion> outcome =
                policies.get(visitor.caller(), visitor.domain().name());
        return switch (outcome) {
            case Outcome.Done<PolicyVersion> done ->
                page(visit, visitor, 200, done.value().version(), done.value().text(), List.of(inForce(done.value())));
            case Outcome.NotFound<PolicyVersion> none ->
                page(
                        visit,
                        visitor,
                        200,
                        0,
                        "",
                        List.of(Html.of(Tag.P, "There is none yet, so that everybody may reach everything.")));
            case Outcome.Denied<PolicyVersion> denied -> Refusals.page(layout, visit, outcome);
            case Outcome.Invalid<PolicyVersion> invalid -> Refusals.page(layout, visit, outcome);
            case Outcome.Conflict<PolicyVersion> conflict -> Refusals.page(layout, visit, outcome);
            case Outcome.Unauthenticated<PolicyVersion> nobody -> Layout.seeOther(PagePath.LOGIN);
        };
    }

    private static Html inForce(PolicyVersion version) {
        return Html.of(
                Tag.P,
                Html.text("Version " + version.version() + " is in force, by " + version.author() + ", since "),
                Times.minute(version.created()));
    }

    private PageResponse page(Visit visit, Visitor visitor, int status, long version, String text, List<Html> notes) {
        List<Html> content = new ArrayList<>(notes);
        if (!visitor.may(Permission.POLICY_WRITE, Reach.ALL) || text.length() > MAX_LENGTH) {
            if (text.length() > MAX_LENGTH) {
                content.add(Html.of(Tag.P, "It is too long to change it here: penstock server policy set FILE."));
            }
            content.add(Html.of(Tag.PRE, text));
            return layout.wide(visit, status, "Policy", content.toArray(Html[]::new));
        }
        content.add(visit.form(PagePath.POLICY)
                .hidden(VERSION, Long.toString(version))
                .text(TEXT, "Who may reach what, in JSON with comments", text, false)
                .button("Check it", DO, "check", "plain")
                .button("Put it into force", DO, "set", "go")
                .build());
        return layout.wide(visit, status, "Policy", content.toArray(Html[]::new));
    }

    /** Checks a policy, or puts it into force; what was typed in stays. */
    PageResponse change(Visit visit) {
        Optional<Visitor> found = visit.visitor();
        if (found.isEmpty()) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        Visitor visitor = found.get();
        String domain = visitor.domain().name();
        String text = visit.field(TEXT).replace("\r\n", "\n");
        long version = Numbers.id(visit.field(VERSION)).orElse(0L);
        if (!visit.field(DO).equals("set")) {
            Outcome<Boolean> outcome = policies.test(visitor.caller(), domain, text);
            return outcome instanceof Outcome.Done<Boolean>
                    ? page(
                            visit,
                            visitor,
                            200,
                            version,
                            text,
                            List.of(Html.of(
                                    Tag.P,
                                    List.of(Attribute.cssClass("good"), Attribute.role("status")),
                                    "It is right, and its tests pass. It is not in force yet.")))
                    : faulty(visit, visitor, version, text, outcome);
        }
        Outcome<PolicyVersion> outcome = policies.set(visitor.caller(), domain, text, version);
        return outcome instanceof Outcome.Done<PolicyVersion>
                ? Layout.seeOther(PagePath.POLICY)
                : faulty(visit, visitor, version, text, outcome);
    }

    private PageResponse faulty(Visit visit, Visitor visitor, long version, String text, Outcome<?> outcome) {
        if (outcome instanceof Outcome.Unauthenticated<?> || outcome instanceof Outcome.Denied<?>) {
            return Refusals.page(layout, visit, outcome);
        }
        Refusals.Fault fault = Refusals.of(outcome);
        return page(visit, visitor, fault.status(), version, text, List.of(Layout.alert(fault.text())));
    }
}
