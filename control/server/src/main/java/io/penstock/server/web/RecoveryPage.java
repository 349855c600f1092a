package io.penstock.server.web;

import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.SignIn;
import io.penstock.server.http.PageResponse;
import io.penstock.server.web.Visit.Visitor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Where local administrators get codes for the day when their authenticator app is gone, shown once. Stateless. */
final class RecoveryPage {
    private static final String TITLE = "Recovery codes";

    private final Layout layout;
    private final SignIn signIn;

    RecoveryPage(Layout layout, SignIn signIn) {
        this.layout = layout;
        this.signIn = signIn;
    }

    /** What the first page says of it, to those whom it concerns. */
    List<Html> hint(Visitor visitor) {
        OptionalLong left = signIn.recoveryCodesLeft(visitor.session());
        if (left.isEmpty()) {
            return List.of();
        }
        String text = left.getAsLong() == 0
                ? "You have no recovery codes: without your authenticator app you could not sign in. "
                : "You have " + left.getAsLong() + " recovery codes left. ";
        return List.of(Html.of(
                Tag.P, Html.text(text), Html.of(Tag.A, List.of(Attribute.href(PagePath.RECOVERY)), "Make new ones")));
    }

    PageResponse show(Visit visit) {
        Optional<Visitor> visitor = visit.visitor();
        if (visitor.isEmpty()
                || signIn.recoveryCodesLeft(visitor.get().session()).isEmpty()) {
            return Layout.seeOther(PagePath.HOME);
        }
        return form(visit, 200, null);
    }

    private PageResponse form(Visit visit, int status, @Nullable String fault) {
        return layout.page(
                visit,
                status,
                TITLE,
                Html.of(
                        Tag.P,
                        "Each lets you in once, with your password, in the place of a code of your app. Those that you have now are"
                                + " good no longer."),
                visit.form(PagePath.RECOVERY)
                        .field(Field.CODE_OF_APP, "", fault, true)
                        .button("Make new ones")
                        .build());
    }

    /** Makes them, for whoever has the app at hand. */
    PageResponse make(Visit visit) {
        Optional<Visitor> visitor = visit.visitor();
        if (visitor.isEmpty()) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        String code = LoginPage.digits(visit.field(Field.CODE_OF_APP));
        return switch (signIn.newRecoveryCodes(visitor.get().session(), code)) {
            case Outcome.Done<List<String>> done -> shown(visit, done.value());
            case Outcome.Invalid<List<String>> wrong ->
                form(visit, 422, "Not the code of this time, or it was used. Wait for the next.");
            case Outcome.Conflict<List<String>> conflict -> Layout.seeOther(PagePath.HOME);
            case Outcome.Unauthenticated<List<String>> nobody -> Layout.seeOther(PagePath.LOGIN);
            case Outcome.Denied<List<String>> denied -> Layout.seeOther(PagePath.HOME);
            case Outcome.NotFound<List<String>> gone -> Layout.seeOther(PagePath.HOME);
        };
    }

    private PageResponse shown(Visit visit, List<String> codes) {
        List<Html> content = new ArrayList<>();
        content.add(Html.of(
                Tag.P,
                "Print them or write them down, and keep them where your phone is not. They are not shown again."));
        codes.forEach(
                code -> content.add(Html.of(Tag.P, Html.of(Tag.CODE, List.of(Attribute.cssClass("seed")), code))));
        content.add(Html.of(Tag.P, Html.of(Tag.A, List.of(Attribute.href(PagePath.HOME)), "I have kept them")));
        return layout.page(visit, 200, TITLE, content.toArray(Html[]::new));
    }
}
