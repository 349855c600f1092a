package io.penstock.server.web;

import io.penstock.server.http.PageRequest;
import io.penstock.server.http.PageResponse.Header;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The cookies: the secret of a session, or before that a secret for forms alone; and beside either, while a browser is at a
 * provider, the secret by which it is known when it comes back.
 * Neither is seen by a script or sent along with what other sites do, but for following a link. They end with the browser.
 * Immutable.
 *
 * @param isSecure whether they go over TLS only, and then have a name that no other host can set
 */
record Cookies(boolean isSecure) {
    private static final String SESSION = "penstock-session";
    private static final String FORMS = "penstock-forms";
    private static final String AWAY = "penstock-away";
    private static final Pattern FORMS_SECRET = Pattern.compile("[0-9a-f]{64}");

    Optional<Token> session(PageRequest request) {
        return Optional.ofNullable(request.cookies().get(name(SESSION)))
                .flatMap(text -> Token.parse(TokenKind.SESSION, text));
    }

    Optional<String> formsSecret(PageRequest request) {
        return Optional.ofNullable(request.cookies().get(name(FORMS)))
                .filter(text -> FORMS_SECRET.matcher(text).matches());
    }

    /** What this browser kept while it was at a provider. */
    Optional<Token> away(PageRequest request) {
        return Optional.ofNullable(request.cookies().get(name(AWAY)))
                .flatMap(text -> Token.parse(TokenKind.BROWSER, text));
    }

    Header setAway(Token browser) {
        return set(AWAY, browser.reveal());
    }

    Header clearAway() {
        return clear(AWAY);
    }

    Header setSession(Token session) {
        return set(SESSION, session.reveal());
    }

    Header setFormsSecret(String secret) {
        return set(FORMS, secret);
    }

    Header clearSession() {
        return clear(SESSION);
    }

    Header clearFormsSecret() {
        return clear(FORMS);
    }

    private String name(String name) {
        return isSecure ? "__Host-" + name : name;
    }

    /**
     * Lax and not strict: whoever follows a device's link from their mail is signed in there, and is not taught to type a
     * password into pages that links lead to. What changes something is posted, and has its own token.
     */
    private Header set(String name, String value) {
        return new Header("Set-Cookie", name(name) + "=" + value + attributes());
    }

    private Header clear(String name) {
        return new Header("Set-Cookie", name(name) + "=; Max-Age=0" + attributes());
    }

    private String attributes() {
        return "; Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "");
    }
}
