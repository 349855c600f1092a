package io.penstock.server.web;

import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.SecondFactors;
import io.penstock.server.admin.SecondFactors.Standing;
import io.penstock.server.admin.SignIn;
import io.penstock.server.admin.SignIn.SignedIn;
import io.penstock.server.http.PageResponse;
import io.penstock.server.model.Passkey;
import io.penstock.server.model.Token;
import io.penstock.server.passkey.PasskeyCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Second factors of ours: to prove one, to get the first, and to look after them. Whoever came for a device goes on there. The pages by
 * which a browser speaks to an authenticator are the only ones with a script, which nothing else here needs. Stateless.
 */
final class FactorPage {
    private static final String STEP = "step";
    private static final String SEED_FIELD = "seed";
    private static final String ANSWER_FIELD = "answer";
    private static final String ID_FIELD = "passkey";
    private static final Pattern SEED = Pattern.compile("[A-Z2-7]{32}");
    private static final String WRONG_CODE = "Not right: wait for the next code, and look at the clocks of both.";

    private static final Field NAME =
            new Field("name", "Name", "By which you know it, such as blue key.", Field.Kind.TEXT, "off");

    private final Layout layout;
    private final SecondFactors factors;
    private final LoginPage login;
    private final String host;
    private final @Nullable PasskeyCheck passkeys;

    /**
     * @param host by which an authenticator app tells this coordinator from others
     * @param passkeys null where browsers have none, without TLS or a name
     */
    FactorPage(Layout layout, SecondFactors factors, LoginPage login, String host, @Nullable PasskeyCheck passkeys) {
        this.layout = layout;
        this.factors = factors;
        this.login = login;
        this.host = host;
        this.passkeys = passkeys;
    }

    /** For whoever is halfway in: what to prove, or what to set up. */
    PageResponse prove(Visit visit, @Nullable Token device) {
        return standing(visit)
                .map(standing -> prove(visit, standing, device, 200, ""))
                .orElseGet(() -> Layout.seeOther(PagePath.LOGIN));
    }

    private Optional<Standing> standing(Visit visit) {
        return visit.session().flatMap(factors::standing);
    }

    private PageResponse prove(Visit visit, Standing standing, @Nullable Token device, int status, String fault) {
        List<Html> content = new ArrayList<>();
        if (!fault.isEmpty()) {
            content.add(Layout.alert(fault));
        }
        if (!standing.hasAny()) {
            content.add(
                    Html.of(
                            Tag.P,
                            "More than a password is needed here. Set up one of the two: you are asked for it whenever you sign in."));
            content.addAll(setUp(visit, standing, device));
            return layout.page(visit, status, "Set up a second factor", content.toArray(Html[]::new));
        }
        content.add(Html.of(Tag.P, "Prove that it is you, " + standing.user().loginName() + "."));
        if (!standing.passkeys().isEmpty() && passkeys != null) {
            content.add(step(visit, device, "ask").button("Use a passkey").build());
        }
        if (standing.hasApp()) {
            content.add(step(visit, device, "code")
                    .field(Field.CODE, "", null, true)
                    .button("Go on")
                    .build());
        }
        if (!standing.hasApp() && passkeys == null) {
            content.add(Html.of(
                    Tag.P,
                    "You have passkeys only, and they cannot be used at this address. An administrator can help:"
                            + " penstock server users reset-factors."));
        }
        return layout.page(visit, status, "Second factor", content.toArray(Html[]::new));
    }

    private static Form step(Visit visit, @Nullable Token device, String step) {
        return LoginPage.carrying(visit.form(PagePath.FACTOR), device)
                .hidden(STEP, step)
                .ids(step);
    }

    /** What somebody may give themselves. */
    private List<Html> setUp(Visit visit, Standing standing, @Nullable Token device) {
        List<Html> content = new ArrayList<>();
        if (passkeys != null) {
            content.add(Html.of(Tag.H2, standing.passkeys().isEmpty() ? "A passkey" : "Another passkey"));
            content.add(Html.of(
                    Tag.P,
                    "Your phone, your computer or a key of USB proves that it is you. It is good for nobody else."));
            content.add(step(visit, device, "make").button("Add a passkey").build());
        }
        if (!standing.hasApp()) {
            content.add(Html.of(Tag.H2, "An authenticator app"));
            String seed = visit.field(SEED_FIELD);
            content.addAll(app(visit, device, SEED.matcher(seed).matches() ? seed : factors.proposeSeed()));
        }
        return content;
    }

    private List<Html> app(Visit visit, @Nullable Token device, String seed) {
        String uri = SignIn.otpauthUri(host, seed);
        return List.of(
                Html.of(
                        Tag.P,
                        Html.text("Scan this with an authenticator app, "),
                        Html.of(Tag.A, List.of(Attribute.hrefOfSeed(uri)), "open the app on this device"),
                        Html.text(", or type in the key, as a time-based one.")),
                QrPicture.of(uri, "The key below, as a QR code"),
                Html.of(Tag.P, Html.of(Tag.CODE, List.of(Attribute.cssClass("seed")), SetupPage.inFours(seed))),
                step(visit, device, "app")
                        .hidden(SEED_FIELD, seed)
                        .field(Field.CODE_OF_APP, "", null, false)
                        .button("Set it up")
                        .build());
    }

    /** Takes a step towards a proof. */
    PageResponse take(Visit visit) {
        Token device = LoginPage.device(visit).orElse(null);
        Optional<Token> session = visit.session();
        Optional<Standing> standing = standing(visit);
        if (session.isEmpty() || standing.isEmpty()) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        String code = LoginPage.digits(visit.field(Field.CODE));
        String answer = visit.field(ANSWER_FIELD);
        return switch (visit.field(STEP)) {
            case "code" -> proven(visit, standing.get(), device, factors.proveByCode(session.get(), code), WRONG_CODE);
            case "app" ->
                proven(
                        visit,
                        standing.get(),
                        device,
                        factors.addApp(session.get(), visit.field(SEED_FIELD), code),
                        WRONG_CODE);
            case "ask" ->
                withPasskeys(
                        visit,
                        check -> asked(visit, standing.get(), device, false, factors.askToProve(session.get(), check)));
            case "make" ->
                withPasskeys(
                        visit,
                        check -> asked(visit, standing.get(), device, true, factors.askToMake(session.get(), check)));
            case "prove" ->
                withPasskeys(
                        visit,
                        check -> proven(
                                visit,
                                standing.get(),
                                device,
                                factors.proveByPasskey(session.get(), answer, check),
                                ""));
            case "made" ->
                withPasskeys(
                        visit,
                        check -> proven(
                                visit,
                                standing.get(),
                                device,
                                factors.addPasskey(session.get(), visit.field(NAME), answer, check),
                                ""));
            default -> prove(visit, standing.get(), device, 200, "");
        };
    }

    private interface WithPasskeys {
        PageResponse run(PasskeyCheck check);
    }

    private PageResponse withPasskeys(Visit visit, WithPasskeys work) {
        return passkeys == null
                ? layout.page(visit, 409, "No passkeys here", Html.of(Tag.P, "Browsers have passkeys over TLS only."))
                : work.run(passkeys);
    }

    /** The page with the script, which asks the browser. */
    private PageResponse asked(
            Visit visit, Standing standing, @Nullable Token device, boolean isNew, Outcome<String> outcome) {
        if (!(outcome instanceof Outcome.Done<String> done)) {
            return prove(visit, standing, device, 409, "That cannot be done now: start again.");
        }
        Form form = step(visit, device, isNew ? "made" : "prove")
                .id("passkey")
                .hidden("options", done.value())
                .hidden(ANSWER_FIELD, "");
        if (isNew) {
            form.field(NAME, "", null, true);
        }
        form.scriptButton(isNew ? "Make the passkey" : "Use the passkey", "passkey-go");
        Html note = Html.of(
                Tag.P,
                List.of(Attribute.id("passkey-note"), Attribute.role("status")),
                "Passkeys need a script, and this browser runs none.");
        Html lead =
                Html.of(Tag.P, isNew ? "Give it a name; your browser asks for the rest." : "Your browser asks for it.");
        return Layout.scripted(layout.page(
                visit, 200, isNew ? "A new passkey" : "Your passkey", lead, note, form.build(), layout.script()));
    }

    private PageResponse proven(
            Visit visit, Standing before, @Nullable Token device, Outcome<SignedIn> outcome, String fault) {
        return switch (outcome) {
            case Outcome.Done<SignedIn> done ->
                login.goOn(
                        visit,
                        done.value().session(),
                        device != null
                                ? PagePath.device(device)
                                : before.isDemanded() ? PagePath.HOME : PagePath.FACTORS);
            case Outcome.Unauthenticated<SignedIn> nobody -> Layout.seeOther(PagePath.LOGIN);
            case Outcome.Denied<SignedIn> denied -> prove(visit, before, device, 403, sentence(denied.reason()));
            case Outcome.Conflict<SignedIn> conflict -> prove(visit, before, device, 409, sentence(conflict.message()));
            case Outcome.Invalid<SignedIn> wrong ->
                prove(visit, before, device, 422, fault.isEmpty() ? sentence(wrong.message()) : fault);
            case Outcome.NotFound<SignedIn> gone -> prove(visit, before, device, 404, sentence(gone.what()));
        };
    }

    private static String sentence(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
    }

    /** For whoever is in: what they have, and more. */
    PageResponse show(Visit visit) {
        return show(visit, 200, "");
    }

    private PageResponse show(Visit visit, int status, String fault) {
        Optional<Standing> found = visit.visitor().isEmpty() ? Optional.empty() : standing(visit);
        if (found.isEmpty()) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        Standing standing = found.get();
        List<Html> content = new ArrayList<>();
        if (!fault.isEmpty()) {
            content.add(Layout.alert(fault));
        }
        if (standing.hasApp()) {
            content.add(Html.of(
                    Tag.P,
                    Html.text("You have an authenticator app, and " + standing.recoveryCodes() + " recovery codes. "),
                    Html.of(Tag.A, List.of(Attribute.href(PagePath.RECOVERY)), "Make new ones")));
        }
        standing.passkeys().forEach(passkey -> content.add(card(visit, passkey, standing.isProven())));
        if (standing.mayAdd()) {
            content.addAll(setUp(visit, standing, null));
        } else {
            content.add(Html.of(Tag.P, "To change something here, prove that it is you."));
            content.add(
                    step(visit, null, "").button("Go on with a second factor").build());
        }
        return layout.page(visit, status, "Second factors", content.toArray(Html[]::new));
    }

    private static Html card(Visit visit, Passkey passkey, boolean mayRemove) {
        String used = passkey.lastUsed() == null ? "not used yet" : "used " + Times.day(passkey.lastUsed());
        List<Html> parts = new ArrayList<>(List.of(
                Html.of(Tag.H2, Html.of(Tag.BDI, ForeignText.visible(passkey.name()))),
                Html.of(
                        Tag.P,
                        List.of(Attribute.cssClass("hint")),
                        "Passkey, made " + Times.day(passkey.created()) + ", " + used
                                + (passkey.backedUp() ? ", on several devices" : ""))));
        Form form = visit.form(PagePath.FACTORS)
                .ids("passkey-" + passkey.id())
                .hidden(ID_FIELD, Long.toString(passkey.id()))
                .field(NAME, passkey.name(), null, false)
                .button("Rename", STEP, "rename", "plain");
        if (mayRemove) {
            form.button("Remove", STEP, "remove", "stop");
        }
        parts.add(form.build());
        return Html.of(Tag.SECTION, List.of(Attribute.cssClass("card")), parts);
    }

    /** Renames or removes a passkey. */
    PageResponse change(Visit visit) {
        Optional<Token> session = visit.session();
        Optional<Long> id = Numbers.id(visit.field(ID_FIELD));
        if (session.isEmpty() || id.isEmpty()) {
            return Layout.seeOther(PagePath.FACTORS);
        }
        Outcome<Passkey> outcome = visit.field(STEP).equals("remove")
                ? factors.removeOwn(session.get(), id.get())
                : factors.renameOwn(session.get(), id.get(), visit.field(NAME));
        return switch (outcome) {
            case Outcome.Invalid<Passkey> invalid -> show(visit, 422, sentence(invalid.message()));
            case Outcome.Denied<Passkey> denied -> show(visit, 403, sentence(denied.reason()));
            case Outcome.Conflict<Passkey> conflict -> show(visit, 409, sentence(conflict.message()));
            case Outcome.Done<Passkey> done -> Layout.seeOther(PagePath.FACTORS);
            case Outcome.NotFound<Passkey> gone -> Layout.seeOther(PagePath.FACTORS);
            case Outcome.Unauthenticated<Passkey> nobody -> Layout.seeOther(PagePath.LOGIN);
        };
    }
}
