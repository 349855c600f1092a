package io.penstock.server.web;

import io.penstock.server.admin.Caller;
import io.penstock.server.admin.Permission;
import io.penstock.server.admin.SignIn;
import io.penstock.server.http.PageRequest;
import io.penstock.server.http.PageResponse.Header;
import io.penstock.server.model.Domain;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.Token;
import io.penstock.server.model.User;
import io.penstock.wireguard.Entropy;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One request, with who sits at the browser and the secret that their forms are made with. Of one request. */
final class Visit {
    private static final int SECRET_BYTES = 32;

    private final PageRequest request;
    private final Cookies cookies;
    private final Optional<Visitor> visitor;
    private final String formsSecret;
    private final boolean isSecretNew;
    private final boolean isHalfway;

    private Visit(
            PageRequest request,
            Cookies cookies,
            Optional<Visitor> visitor,
            String formsSecret,
            boolean isSecretNew,
            boolean isHalfway) {
        this.request = request;
        this.cookies = cookies;
        this.visitor = visitor;
        this.formsSecret = formsSecret;
        this.isSecretNew = isSecretNew;
        this.isHalfway = isHalfway;
    }

    /**
     * Somebody who is signed in.
     *
     * @param factorFrom the provider by which they have to prove a second factor before they let a device in; null if they need not
     * @param now when that was so
     */
    record Visitor(
            Token session,
            User user,
            Domain domain,
            @Nullable IdentityProvider factorFrom,
            Instant now) {
        /** Whether their role goes so far, in their own domain. */
        boolean may(Permission permission, Permission.Reach reach) {
            return permission.reach(user.role()).compareTo(reach) >= 0;
        }

        Caller caller() {
            return new Caller.WithSession(session);
        }
    }

    static Visit of(PageRequest request, Cookies cookies, SignIn signIn, Entropy entropy) {
        Optional<Visitor> visitor = cookies.session(request).flatMap(session -> signIn.present(session)
                .map(present ->
                        new Visitor(session, present.user(), present.domain(), present.factorFrom(), present.now())));
        if (visitor.isPresent()) {
            return new Visit(request, cookies, visitor, visitor.get().session().reveal(), false, false);
        }
        Optional<Token> halfway = cookies.session(request).filter(signIn::isHalfway);
        if (halfway.isPresent()) {
            return new Visit(request, cookies, visitor, halfway.get().reveal(), false, true);
        }
        Optional<String> known = cookies.formsSecret(request);
        return new Visit(request, cookies, visitor, known.orElseGet(() -> random(entropy)), known.isEmpty(), false);
    }

    private static String random(Entropy entropy) {
        byte[] bytes = new byte[SECRET_BYTES];
        entropy.fill(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    PageRequest request() {
        return request;
    }

    Cookies cookies() {
        return cookies;
    }

    /** Empty if nobody is signed in. */
    Optional<Visitor> visitor() {
        return visitor;
    }

    /** Whether somebody is signed in but for a second factor of ours. */
    boolean isHalfway() {
        return isHalfway;
    }

    /** The session of whoever is signed in, or {@link #isHalfway}. */
    Optional<Token> session() {
        return isHalfway ? cookies.session(request) : visitor.map(Visitor::session);
    }

    /** The first value of a field; empty text if there is none. */
    String field(Field field) {
        return field(field.name());
    }

    String field(String name) {
        return request.formValue(name).orElse("");
    }

    /** Every value of a field. */
    List<String> fields(String name) {
        return request.form().getOrDefault(name, List.of());
    }

    Form form(OwnPath action) {
        return new Form(action, FormTokens.of(formsSecret, action));
    }

    /** Whether the request is a form that we gave to this browser, in this session. */
    boolean isOwnForm(OwnPath action) {
        return FormTokens.isOf(formsSecret, action, field(FormTokens.FIELD));
    }

    /** The cookies that a page of this visit sets. */
    List<Header> newCookies() {
        return isSecretNew ? List.of(cookies.setFormsSecret(formsSecret)) : List.of();
    }
}
