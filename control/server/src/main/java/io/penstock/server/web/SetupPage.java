package io.penstock.server.web;

import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.SignIn;
import io.penstock.server.http.PageResponse;
import io.penstock.server.model.Token;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a one-time link makes its holder a local administrator. To look uses nothing up, so that a program that opens links in
 * advance does no harm; only a form that is complete does. Stateless: the seed comes back in the form, since it is of no worth
 * before a code shows that somebody's app has it.
 */
final class SetupPage {
    private static final String SEED_FIELD = "seed";
    private static final Pattern SEED = Pattern.compile("[A-Z2-7]{32}");

    private static final Field LOGIN_NAME = new Field(
            "login_name",
            "Name",
            "By which you sign in: lower-case letters, digits, dots and hyphens.",
            Field.Kind.TEXT,
            "username");

    private static final Field PASSWORD = new Field(
            "password", "Password", "12 characters or more, such as four words.", Field.Kind.PASSWORD, "new-password");

    private static final Field PASSWORD_AGAIN =
            new Field("password_again", "Password, again", "", Field.Kind.PASSWORD, "new-password");

    private final Layout layout;
    private final SignIn signIn;
    private final LoginPage login;
    private final String host;

    /** @param host by which an authenticator app tells this coordinator from others */
    SetupPage(Layout layout, SignIn signIn, LoginPage login, String host) {
        this.layout = layout;
        this.signIn = signIn;
        this.login = login;
        this.host = host;
    }

    PageResponse show(Visit visit, @Nullable Token link) {
        if (link == null || !(signIn.proposeSeed(link) instanceof Outcome.Done<String> proposed)) {
            return gone(visit);
        }
        return form(visit, 200, link, proposed.value(), Map.of());
    }

    private PageResponse gone(Visit visit) {
        return layout.page(
                visit,
                404,
                "This link is not good",
                Html.of(
                        Tag.P,
                        "It works once and for a day, and each start of the coordinator makes the first one anew. Whoever"
                                + " has the coordinator's machine gets another one there: at its next start as long as there"
                                + " is no administrator, and by penstock server users link after that."));
    }

    private PageResponse form(Visit visit, int status, Token link, String seed, Map<Field, String> faults) {
        boolean isNew = faults.isEmpty();
        String uri = SignIn.otpauthUri(host, seed);
        Form form = visit.form(PagePath.setup(link)).hidden(SEED_FIELD, seed);
        form.field(
                        LOGIN_NAME,
                        visit.field(LOGIN_NAME).strip(),
                        faults.get(LOGIN_NAME),
                        isNew || faults.containsKey(LOGIN_NAME))
                .field(PASSWORD, "", faults.get(PASSWORD), !isNew && !faults.containsKey(LOGIN_NAME))
                .field(PASSWORD_AGAIN, "", faults.get(PASSWORD_AGAIN), false)
                .part(Html.of(Tag.H2, "Second factor"))
                .part(Html.of(
                        Tag.P,
                        Html.text("Scan this with an authenticator app, "),
                        Html.of(Tag.A, List.of(Attribute.hrefOfSeed(uri)), "open the app on this device"),
                        Html.text(", or type in the key, as a time-based one.")))
                .part(QrPicture.of(uri, "The key below, as a QR code"))
                .part(Html.of(Tag.P, Html.of(Tag.CODE, List.of(Attribute.cssClass("seed")), inFours(seed))))
                .field(Field.CODE_OF_APP, "", faults.get(Field.CODE), false)
                .button("Set it up");
        Html lead = Html.of(
                Tag.P,
                "This link gives you an account of this coordinator. It works once, and for nobody else after you.");
        return layout.page(visit, status, "Set up your account", lead, form.build());
    }

    static String inFours(String seed) {
        return seed.replaceAll("(.{4})(?=.)", "$1 ");
    }

    /** Takes the form; makes the administrator and signs them in. */
    PageResponse accept(Visit visit, Token link) {
        if (!(signIn.proposeSeed(link) instanceof Outcome.Done<String> proposed)) {
            return gone(visit);
        }
        String seed = visit.field(SEED_FIELD);
        if (!SEED.matcher(seed).matches()) {
            return form(
                    visit,
                    422,
                    link,
                    proposed.value(),
                    Map.of(Field.CODE, "The key of this form was changed: take this one."));
        }
        Map<Field, String> faults = faults(visit);
        if (!faults.isEmpty()) {
            return form(visit, 422, link, seed, faults);
        }
        String name = visit.field(LOGIN_NAME).strip();
        String code = LoginPage.digits(visit.field(Field.CODE));
        return switch (signIn.acceptLink(link, name, visit.field(PASSWORD), seed, code)) {
            case Outcome.Done<SignIn.SignedIn> done ->
                login.goOn(visit, done.value().session(), PagePath.HOME);
            case Outcome.Conflict<SignIn.SignedIn> taken ->
                form(visit, 409, link, seed, Map.of(LOGIN_NAME, "Somebody has this name."));
            case Outcome.Invalid<SignIn.SignedIn> wrong ->
                form(
                        visit,
                        422,
                        link,
                        seed,
                        Map.of(Field.CODE, "Not the code of this key. Are the clocks of app and coordinator right?"));
            case Outcome.NotFound<SignIn.SignedIn> used -> gone(visit);
            case Outcome.Unauthenticated<SignIn.SignedIn> nobody -> gone(visit);
            case Outcome.Denied<SignIn.SignedIn> denied -> gone(visit);
        };
    }

    private static Map<Field, String> faults(Visit visit) {
        Map<Field, String> faults = new HashMap<>();
        SignIn.loginNameFault(visit.field(LOGIN_NAME).strip())
                .ifPresent(fault -> faults.put(LOGIN_NAME, sentence(fault)));
        SignIn.passwordFault(visit.field(PASSWORD)).ifPresent(fault -> faults.put(PASSWORD, sentence(fault)));
        if (!visit.field(PASSWORD).equals(visit.field(PASSWORD_AGAIN))) {
            faults.put(PASSWORD_AGAIN, "The two are not the same.");
        }
        return faults;
    }

    private static String sentence(String fault) {
        return Character.toUpperCase(fault.charAt(0)) + fault.substring(1) + ".";
    }
}
