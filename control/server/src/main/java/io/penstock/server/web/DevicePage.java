package io.penstock.server.web;

import io.penstock.server.admin.DeviceOperations;
import io.penstock.server.admin.Outcome;
import io.penstock.server.http.PageResponse;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.Token;
import io.penstock.server.registry.Standing;
import io.penstock.server.web.Visit.Visitor;
import org.jspecify.annotations.Nullable;

/**
 * The page that a device shows the address of: who asks, and whether to let it in. What it says about the device is for those who
 * are signed in. Stateless.
 */
final class DevicePage {
    private static final String DECISION = "decision";
    private static final String LET_IN = "let-in";
    private static final String TURN_AWAY = "turn-away";

    private final Layout layout;
    private final DeviceOperations devices;
    private final LoginPage login;
    private final LoginPage.Halfway halfway;

    DevicePage(Layout layout, DeviceOperations devices, LoginPage login, LoginPage.Halfway halfway) {
        this.layout = layout;
        this.devices = devices;
        this.login = login;
        this.halfway = halfway;
    }

    PageResponse show(Visit visit, @Nullable Token link) {
        if (link == null) {
            return standing(visit, new Standing.Unknown());
        }
        Standing standing = devices.standing(link);
        if (!(standing instanceof Standing.Open)) {
            return standing(visit, standing);
        }
        return visit.visitor()
                .map(visitor -> ask(visit, visitor, link, 200, ""))
                .orElseGet(() -> login.showFor(visit, link, halfway));
    }

    private PageResponse ask(Visit visit, Visitor visitor, Token link, int status, String fault) {
        return switch (devices.look(visitor.caller(), visitor.domain().name(), link)) {
            case Outcome.Done<DeviceOperations.Waiting> done ->
                layout.page(visit, status, "Let this device in?", question(visit, visitor, link, done.value(), fault));
            case Outcome.NotFound<DeviceOperations.Waiting> gone -> standing(visit, devices.standing(link));
            case Outcome.Unauthenticated<DeviceOperations.Waiting> nobody -> login.showFor(visit, link, halfway);
            case Outcome.Denied<DeviceOperations.Waiting> denied -> refused(visit, 403, denied.reason());
            case Outcome.Conflict<DeviceOperations.Waiting> conflict -> refused(visit, 409, conflict.message());
            case Outcome.Invalid<DeviceOperations.Waiting> invalid -> refused(visit, 422, invalid.message());
        };
    }

    private static Html[] question(
            Visit visit, Visitor visitor, Token link, DeviceOperations.Waiting waiting, String fault) {
        Html lead = Html.of(
                Tag.P,
                Html.of(Tag.STRONG, "Let it in only if you have just started this yourself, on that device."),
                Html.text(" Whoever sent you the link gets into your network if it was somebody else."));
        Html details = DeviceDetails.of(waiting, visitor, visit.request().from());
        IdentityProvider factorFrom = visitor.factorFrom();
        if (factorFrom != null) {
            OwnPath way = factorFrom.secondFactor().isOurs() ? PagePath.FACTOR : PagePath.loginWith(factorFrom.name());
            Html prove = LoginPage.carrying(visit.form(way), link)
                    .hidden(LoginPage.FACTOR_FIELD, "1")
                    .button("Go on with a second factor")
                    .build();
            Html why = Html.of(Tag.P, "To let a device in, prove that it is you with your second factor.");
            return new Html[] {lead, details, why, prove};
        }
        Html form = visit.form(PagePath.device(link))
                .button("Let it in", DECISION, LET_IN, "go")
                .button("Turn it away", DECISION, TURN_AWAY, "stop")
                .build();
        return fault.isEmpty()
                ? new Html[] {lead, details, form}
                : new Html[] {Layout.alert(fault), lead, details, form};
    }

    /** Takes the decision. What came of it is then shown by a page that may be loaded again. */
    PageResponse decide(Visit visit, Visitor visitor, Token link) {
        String decision = visit.field(DECISION);
        String domain = visitor.domain().name();
        Outcome<?> outcome =
                switch (decision) {
                    case LET_IN -> devices.letIn(visitor.caller(), domain, link);
                    case TURN_AWAY -> devices.turnAway(visitor.caller(), domain, link);
                    default -> new Outcome.Invalid<Object>("Choose one of the two.");
                };
        return switch (outcome) {
            case Outcome.Conflict<?> conflict -> ask(visit, visitor, link, 409, conflict.message());
            case Outcome.Invalid<?> invalid -> ask(visit, visitor, link, 422, invalid.message());
            case Outcome.Denied<?> denied -> refused(visit, 403, denied.reason());
            case Outcome.Done<?> done -> Layout.seeOther(PagePath.device(link));
            case Outcome.NotFound<?> gone -> Layout.seeOther(PagePath.device(link));
            case Outcome.Unauthenticated<?> nobody -> Layout.seeOther(PagePath.device(link));
        };
    }

    private PageResponse refused(Visit visit, int status, String why) {
        return layout.page(
                visit,
                status,
                "Not yours to decide",
                Layout.alert("This device cannot be let in by you: " + why + "."));
    }

    private PageResponse standing(Visit visit, Standing standing) {
        return switch (standing) {
            case Standing.LetIn in ->
                layout.page(
                        visit,
                        200,
                        "The device is in",
                        Html.of(
                                Tag.P,
                                "You can go back to the device: it goes on by itself. This page may be closed."));
            case Standing.TurnedAway away ->
                layout.page(
                        visit,
                        200,
                        "The device was turned away",
                        Html.of(Tag.P, "It has been told so. If that was a mistake, start the login on it again."));
            case Standing.Expired expired ->
                layout.page(
                        visit,
                        410,
                        "This link has expired",
                        Html.of(
                                Tag.P,
                                "A link is good for fifteen minutes. Start the login on the device again, and open the"
                                        + " link that it shows then."));
            case Standing.Unknown unknown ->
                layout.page(
                        visit,
                        404,
                        "This link is not good",
                        Html.of(
                                Tag.P,
                                "It may have been used or have expired, or a part of it is missing. Start the login on the"
                                        + " device again, and open the whole link that it shows then."));
            case Standing.Open open -> throw new IllegalStateException("a device that waits is asked about");
        };
    }
}
