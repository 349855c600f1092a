package io.penstock.server.web;

import io.penstock.server.http.PageRequest;
import io.penstock.server.http.PageResponse;
import io.penstock.server.login.OidcLogin;
import io.penstock.server.login.OidcLogin.Begun;
import io.penstock.server.login.OidcLogin.Finished;
import io.penstock.server.login.SamlLogin.Received;
import io.penstock.server.model.Token;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way to an identity provider and back. A form of ours sends a browser off, so that no other site does; what it comes back with is
 * believed of this browser only, and once. Stateless.
 */
final class ProviderPage {
    private final Layout layout;
    private final OidcLogin providers;
    private final LoginPage login;
    private final PageCounters counters;

    ProviderPage(Layout layout, OidcLogin providers, LoginPage login, PageCounters counters) {
        this.layout = layout;
        this.providers = providers;
        this.login = login;
        this.counters = counters;
    }

    PageResponse sendOff(Visit visit, String provider) {
        Token device = LoginPage.device(visit).orElse(null);
        boolean secondFactor = !visit.field(LoginPage.FACTOR_FIELD).isEmpty();
        return sendOff(visit, providers.begin(provider, device, secondFactor), device);
    }

    private PageResponse sendOff(Visit visit, Begun begun, @Nullable Token device) {
        return switch (begun) {
            case Begun.GoThere go ->
                layout.leave(
                        visit,
                        "On to " + go.label(),
                        go.there(),
                        visit.cookies().setAway(go.browser()),
                        Html.of(
                                Tag.P,
                                Html.text("If nothing happens: "),
                                Html.of(
                                        Tag.A,
                                        List.of(Attribute.id("provider"), Attribute.hrefOfProvider(go.there())),
                                        "go on to " + go.label())));
            case Begun.Unknown unknown ->
                login.showFailed(visit, 404, device, "There is no such way to sign in any more.");
            case Begun.Unavailable unavailable ->
                login.showFailed(
                        visit,
                        503,
                        device,
                        unavailable.label() + " does not answer at the moment. Try again in a minute.");
        };
    }

    PageResponse takeBack(Visit visit, String provider) {
        PageRequest request = visit.request();
        OidcLogin.Answer answer = new OidcLogin.Answer(
                request.queryValue("state").orElse(""),
                request.queryValue("code").orElse(""),
                request.queryValue("error").orElse(""),
                request.queryValue("iss").orElse(""));
        return finished(
                visit, providers.finish(provider, answer, visit.cookies().away(request)));
    }

    /** The browser that was sent to a provider of SAML, right after that provider's form has brought an answer. */
    PageResponse comeFor(Visit visit, @Nullable Token state) {
        return state == null
                ? stale(visit)
                : finished(
                        visit, providers.finishAnswered(state, visit.cookies().away(visit.request())));
    }

    private PageResponse finished(Visit visit, Finished finished) {
        if (finished instanceof Finished.OnceMore more) {
            return sendOff(visit, more.begun(), more.device());
        }
        PageResponse page =
                switch (finished) {
                    case Finished.In in ->
                        login.goOn(
                                visit,
                                in.signedIn().session(),
                                in.device() == null ? PagePath.HOME : PagePath.device(in.device()));
                    case Finished.OnceMore more -> throw new IllegalStateException("was sent off");
                    case Finished.Stale stale -> stale(visit);
                    case Finished.Refused refused -> {
                        counters.refusedByProvider.increment();
                        yield login.showFailed(
                                visit, 403, refused.device(), "You are not signed in: " + refused.reason() + ".");
                    }
                    case Finished.Unavailable unavailable ->
                        login.showFailed(
                                visit,
                                503,
                                unavailable.device(),
                                unavailable.label() + " does not answer at the moment. Try again in a minute.");
                };
        return Layout.with(page, visit.cookies().clearAway());
    }

    /**
     * The form of a provider of SAML: no form of ours, from a page of another site, and so without a cookie that would tell whose it is. Nobody
     * is signed in by it; who was sent off comes for it by a page of ours.
     */
    PageResponse receive(Visit visit, String provider) {
        return switch (providers.saml().receive(provider, visit.field("SAMLResponse"), visit.field("RelayState"))) {
            case Received.Kept kept -> Layout.seeOther(PagePath.loginBack(kept.state()));
            case Received.Stale stale -> stale(visit);
            case Received.Refused refused -> {
                counters.refusedByProvider.increment();
                yield login.showFailed(visit, 403, null, "You are not signed in: " + refused.reason() + ".");
            }
            case Received.Unavailable unavailable ->
                login.showFailed(
                        visit,
                        503,
                        null,
                        unavailable.label() + " does not answer at the moment. Try again in a minute.");
        };
    }

    /** What we say of ourselves to a provider of SAML. */
    PageResponse metadata(String provider) {
        return providers
                .saml()
                .metadata(provider)
                .map(layout::metadata)
                .orElseGet(() -> layout.plain(
                        404, "No such provider", Html.of(Tag.P, "There is no provider of SAML of that name.")));
    }

    /** A provider's own word, which no browser and no form of ours brings; its signature is what counts. */
    PageResponse hear(Visit visit, String provider) {
        return switch (providers.backChannel().hear(provider, visit.field("logout_token"))) {
            case DONE -> layout.plain(200, "Heard");
            case REFUSED -> {
                counters.refusedLogoutTokens.increment();
                yield layout.plain(400, "Refused");
            }
            case UNAVAILABLE -> layout.plain(503, "Not at the moment");
        };
    }

    private PageResponse stale(Visit visit) {
        counters.staleReturns.increment();
        return layout.page(
                visit,
                400,
                "Sign in once more",
                Html.of(
                        Tag.P,
                        "This browser was not sent off to sign in, or that was more than fifteen minutes ago, or it has come"
                                + " back before. Whoever came for a device opens its link again."),
                Html.of(Tag.P, Html.of(Tag.A, List.of(Attribute.href(PagePath.LOGIN)), "Sign in")));
    }
}
