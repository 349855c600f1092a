package io.penstock.server.web;

import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.SignIn;
import io.penstock.server.http.PageResponse;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.web.Visit.Visitor;
import org.jspecify.annotations.Nullable;

/**
 * Signing in and out. Whoever came for a device goes on there: the form carries the device's secret, never a path, so that it
 * leads nowhere else. Stateless.
 */
final class LoginPage {
    private static final String DEVICE_FIELD = "device";

    private static final Field DOMAIN = new Field(
            "domain",
            "Domain",
            "The private network. The first one is called default.",
            Field.Kind.TEXT,
            "organization");

    private final Layout layout;
    private final SignIn signIn;
    private final PageCounters counters;

    LoginPage(Layout layout, SignIn signIn, PageCounters counters) {
        this.layout = layout;
        this.signIn = signIn;
        this.counters = counters;
    }

    PageResponse show(Visit visit) {
        return visit.visitor().isPresent() ? Layout.seeOther(PagePath.HOME) : form(visit, 200, null, "", "");
    }

    /** For somebody who has opened a device's link and is not signed in. Says nothing about the device. */
    PageResponse showFor(Visit visit, Token device) {
        return form(visit, 200, device, "", "");
    }

    private PageResponse form(Visit visit, int status, @Nullable Token device, String name, String fault) {
        Form form = visit.form(PagePath.LOGIN);
        if (device != null) {
            form.part(Html.of(Tag.P, "A device asks to join. Sign in to see which one, and to decide."))
                    .hidden(DEVICE_FIELD, device.reveal());
        }
        if (!fault.isEmpty()) {
            form.part(Layout.alert(fault));
        }
        String domain = visit.field(DOMAIN);
        form.field(Field.LOGIN_NAME, name, null, name.isEmpty())
                .field(DOMAIN, domain.isEmpty() ? SignIn.FIRST_DOMAIN : domain, null, false)
                .field(Field.PASSWORD, "", null, !name.isEmpty())
                .field(Field.CODE, "", null, false)
                .button("Sign in");
        return layout.page(visit, status, "Sign in", form.build());
    }

    /** Takes the form. A session of before ends, whether or not it was one's own. */
    PageResponse signIn(Visit visit) {
        String name = visit.field(Field.LOGIN_NAME).strip();
        Token device = Token.parse(TokenKind.LINK, visit.field(DEVICE_FIELD)).orElse(null);
        Outcome<SignIn.SignedIn> outcome = signIn.signIn(
                visit.field(DOMAIN).strip(), name, visit.field(Field.PASSWORD), digits(visit.field(Field.CODE)));
        if (outcome instanceof Outcome.Done<SignIn.SignedIn> done) {
            return goOn(visit, done.value().session(), device == null ? PagePath.HOME : PagePath.device(device));
        }
        counters.failedSignIns.increment();
        return form(
                visit,
                403,
                device,
                name,
                "Not right: the name, the domain, the password, or the code, which works once. Wait for the next code"
                        + " before you try again.");
    }

    /** With a new session, on to a page of ours. */
    PageResponse goOn(Visit visit, Token session, OwnPath path) {
        visit.visitor().map(Visitor::session).ifPresent(signIn::signOut);
        return Layout.seeOther(
                path, visit.cookies().setSession(session), visit.cookies().clearFormsSecret());
    }

    PageResponse signOut(Visit visit) {
        visit.visitor().map(Visitor::session).ifPresent(signIn::signOut);
        return Layout.seeOther(PagePath.LOGIN, visit.cookies().clearSession());
    }

    /** A code as apps show it, with a gap in the middle. */
    static String digits(String code) {
        return code.replaceAll("\\s", "");
    }
}
