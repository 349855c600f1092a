package io.penstock.server.web;

import java.net.URI;

/** One attribute of an element; its value is escaped when it is written. Where it names a way to go, that is ours. Immutable. */
final class Attribute {
    private final String name;
    private final String value;

    private Attribute(String name, String value) {
        this.name = name;
        this.value = value;
    }

    static Attribute id(String id) {
        return new Attribute("id", id);
    }

    static Attribute cssClass(String name) {
        return new Attribute("class", name);
    }

    static Attribute lang(String language) {
        return new Attribute("lang", language);
    }

    static Attribute charset(String name) {
        return new Attribute("charset", name);
    }

    static Attribute role(String role) {
        return new Attribute("role", role);
    }

    static Attribute name(String name) {
        return new Attribute("name", name);
    }

    static Attribute content(String content) {
        return new Attribute("content", content);
    }

    static Attribute value(String value) {
        return new Attribute("value", value);
    }

    static Attribute type(String type) {
        return new Attribute("type", type);
    }

    static Attribute rel(String relation) {
        return new Attribute("rel", relation);
    }

    static Attribute integrity(String hash) {
        return new Attribute("integrity", hash);
    }

    static Attribute autocomplete(String what) {
        return new Attribute("autocomplete", what);
    }

    static Attribute inputMode(String mode) {
        return new Attribute("inputmode", mode);
    }

    /** Neither capitals nor corrections by a phone's keyboard. */
    static Attribute autocapitalizeNone() {
        return new Attribute("autocapitalize", "none");
    }

    static Attribute spellcheckOff() {
        return new Attribute("spellcheck", "false");
    }

    static Attribute forInput(String id) {
        return new Attribute("for", id);
    }

    /** The corner and the size of what an SVG shows. */
    static Attribute viewBox(int x, int y, int width, int height) {
        return new Attribute("viewBox", x + " " + y + " " + width + " " + height);
    }

    /** The lines of an SVG's path. */
    static Attribute lines(String commands) {
        return new Attribute("d", commands);
    }

    /** What it is, for those who do not see it. */
    static Attribute label(String text) {
        return new Attribute("aria-label", text);
    }

    /** Of what those who hear the page are told otherwise. */
    static Attribute unheard() {
        return new Attribute("aria-hidden", "true");
    }

    static Attribute datetime(String instant) {
        return new Attribute("datetime", instant);
    }

    static Attribute describedBy(String ids) {
        return new Attribute("aria-describedby", ids);
    }

    static Attribute invalid() {
        return new Attribute("aria-invalid", "true");
    }

    static Attribute required() {
        return new Attribute("required", "required");
    }

    static Attribute autofocus() {
        return new Attribute("autofocus", "autofocus");
    }

    static Attribute checked() {
        return new Attribute("checked", "checked");
    }

    static Attribute selected() {
        return new Attribute("selected", "selected");
    }

    static Attribute hidden() {
        return new Attribute("hidden", "hidden");
    }

    static Attribute rows(int count) {
        return new Attribute("rows", Integer.toString(count));
    }

    static Attribute readOnly() {
        return new Attribute("readonly", "readonly");
    }

    /** Of a column of a table. */
    static Attribute scopeCol() {
        return new Attribute("scope", "col");
    }

    /** Where one is. */
    static Attribute currentPage() {
        return new Attribute("aria-current", "page");
    }

    /** A script of ours, which waits for the page. */
    static Attribute src(OwnPath path) {
        return new Attribute("src", path.text());
    }

    static Attribute postMethod() {
        return new Attribute("method", "post");
    }

    static Attribute action(OwnPath path) {
        return new Attribute("action", path.text());
    }

    static Attribute href(OwnPath path) {
        return new Attribute("href", path.text());
    }

    /**
     * Leads to an identity provider, which is the only place but ours that a page leads to. No page of ours is named there.
     *
     * @throws IllegalArgumentException if it leads anywhere but to a web server
     */
    static Attribute hrefOfProvider(URI there) {
        if (!"https".equals(there.getScheme()) && !"http".equals(there.getScheme())) {
            throw new IllegalArgumentException("not the address of a provider");
        }
        return new Attribute("href", there.toASCIIString());
    }

    /**
     * Opens an authenticator app.
     *
     * @throws IllegalArgumentException if it would open anything else
     */
    static Attribute hrefOfSeed(String otpauthUri) {
        if (!otpauthUri.startsWith("otpauth://totp/")) {
            throw new IllegalArgumentException("not the URI of a second factor");
        }
        return new Attribute("href", otpauthUri);
    }

    void write(StringBuilder out) {
        out.append(' ').append(name).append("=\"");
        Html.escape(value, out);
        out.append('"');
    }

    /** Shows no value: it may be a secret. */
    @Override
    public String toString() {
        return name;
    }
}
