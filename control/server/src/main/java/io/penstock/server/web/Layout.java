package io.penstock.server.web;

import io.penstock.server.http.PageResponse;
import io.penstock.server.http.PageResponse.Header;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** What all pages have around them, and the headers that keep them to themselves. Immutable. */
final class Layout {
    private static final String POLICY = "Content-Security-Policy";

    /**
     * Nothing is loaded but our style sheet, nothing runs, forms go nowhere else and nobody puts a page into a frame. Referrers
     * stay with us: a policy of none would make browsers hide the origin of our own forms, which the listener looks at.
     */
    private static final List<Header> HEADERS = List.of(
            new Header("Content-Type", "text/html; charset=utf-8"),
            new Header(
                    POLICY,
                    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"),
            new Header("X-Frame-Options", "DENY"),
            new Header("Cross-Origin-Opener-Policy", "same-origin"),
            new Header("Cross-Origin-Resource-Policy", "same-origin"),
            new Header("Referrer-Policy", "same-origin"),
            new Header("X-Content-Type-Options", "nosniff"),
            new Header("Cache-Control", "no-store"));

    private final Asset style;
    private final Asset passkeyScript;

    Layout(Asset style, Asset passkeyScript) {
        this.style = style;
        this.passkeyScript = passkeyScript;
    }

    /** The element of the one script; for a page that is {@link #scripted}. */
    Html script() {
        return Html.of(
                Tag.SCRIPT,
                List.of(Attribute.src(passkeyScript.path()), Attribute.integrity(passkeyScript.integrity())));
    }

    /** The same page, on which the one script may run. */
    static PageResponse scripted(PageResponse page) {
        return new PageResponse(
                page.status(),
                page.headers().stream()
                        .map(header -> header.name().equals(POLICY)
                                ? new Header(POLICY, header.value() + "; script-src 'self'")
                                : header)
                        .toList(),
                page.body());
    }

    /** A page with the sign-out button of whoever is signed in. */
    PageResponse page(Visit visit, int status, String title, Html... content) {
        return page(visit, status, title, false, content);
    }

    /** A page as wide as tables need it. */
    PageResponse wide(Visit visit, int status, String title, Html... content) {
        return page(visit, status, title, true, content);
    }

    private PageResponse page(Visit visit, int status, String title, boolean isWide, Html... content) {
        List<Html> top = new ArrayList<>(List.of(brand()));
        visit.visitor().ifPresent(visitor -> top.add(Navigation.of(visit, visitor)));
        visit.visitor()
                .ifPresent(visitor -> top.add(visit.form(PagePath.LOGOUT)
                        .part(Html.of(
                                Tag.SPAN,
                                Html.text(visitor.user().loginName() + " in "
                                        + visitor.domain().name())))
                        .button("Sign out")
                        .build()));
        if (visit.visitor().isEmpty() && visit.isHalfway()) {
            top.add(visit.form(PagePath.LOGOUT).button("Sign out").build());
        }
        return respond(status, visit.newCookies(), document(title, top, List.of(content), isWide));
    }

    /** A page of no visit in particular. */
    PageResponse plain(int status, String title, Html... content) {
        return respond(status, List.of(), document(title, List.of(brand()), List.of(content), false));
    }

    private static Html brand() {
        return Html.of(Tag.A, List.of(Attribute.href(PagePath.HOME)), "Penstock");
    }

    private String document(String title, List<Html> top, List<Html> content, boolean isWide) {
        List<Html> main = new ArrayList<>(List.of(Html.of(Tag.H1, title)));
        main.addAll(content);
        return Html.document(Html.of(
                Tag.HTML,
                List.of(Attribute.lang("en")),
                Html.of(
                        Tag.HEAD,
                        Html.of(Tag.META, List.of(Attribute.charset("utf-8"))),
                        Html.of(Tag.TITLE, title + " · Penstock"),
                        meta("viewport", "width=device-width, initial-scale=1"),
                        meta("color-scheme", "light dark"),
                        Html.of(
                                Tag.LINK,
                                List.of(
                                        Attribute.rel("stylesheet"),
                                        Attribute.href(style.path()),
                                        Attribute.integrity(style.integrity())))),
                Html.of(
                        Tag.BODY,
                        isWide ? List.of(Attribute.cssClass("wide")) : List.of(),
                        Html.of(Tag.HEADER, List.of(), top),
                        Html.of(Tag.MAIN, List.of(), main))));
    }

    private static Html meta(String name, String content) {
        return Html.of(Tag.META, List.of(Attribute.name(name), Attribute.content(content)));
    }

    private static PageResponse respond(int status, List<Header> cookies, String document) {
        List<Header> headers = new ArrayList<>(HEADERS);
        headers.addAll(cookies);
        return new PageResponse(status, headers, document);
    }

    /**
     * A page that leads to an identity provider, at once and by a link. No redirect: the policy for our forms lets none lead
     * elsewhere, and providers send browsers on to others.
     */
    PageResponse leave(Visit visit, String title, URI there, Header cookie, Html... content) {
        PageResponse page = page(visit, 200, title, content);
        List<Header> headers = new ArrayList<>(page.headers());
        headers.add(new Header("Refresh", "0; url=" + there.toASCIIString()));
        headers.add(cookie);
        return new PageResponse(page.status(), headers, page.body());
    }

    /** A description of ours for a provider of SAML. */
    PageResponse metadata(String document) {
        List<Header> headers = new ArrayList<>(HEADERS);
        headers.set(0, new Header("Content-Type", "application/samlmetadata+xml; charset=utf-8"));
        return new PageResponse(200, headers, document);
    }

    /** The same page with one more cookie. */
    static PageResponse with(PageResponse page, Header cookie) {
        List<Header> headers = new ArrayList<>(page.headers());
        headers.add(cookie);
        return new PageResponse(page.status(), headers, page.body());
    }

    /** The way to another page of ours, by GET. */
    static PageResponse seeOther(OwnPath path, Header... cookies) {
        List<Header> headers = new ArrayList<>(HEADERS);
        headers.add(new Header("Location", path.text()));
        headers.addAll(List.of(cookies));
        return new PageResponse(303, headers, "");
    }

    /** What went wrong, said at once by programs that read pages aloud. */
    static Html alert(String text) {
        return Html.of(Tag.P, List.of(Attribute.cssClass("alert"), Attribute.role("alert")), text);
    }
}
