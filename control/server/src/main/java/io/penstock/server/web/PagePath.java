package io.penstock.server.web;

import io.penstock.server.machine.LoginLinks;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which page a path is. */
sealed interface PagePath {
    OwnPath HOME = new OwnPath("/");
    OwnPath LOGIN = new OwnPath("/login");
    OwnPath LOGOUT = new OwnPath("/logout");

    /** A secret of ours is shorter. */
    int MAX_SECRET_LENGTH = 100;

    record Home() implements PagePath {}

    record Login() implements PagePath {}

    record Logout() implements PagePath {}

    record Style() implements PagePath {}

    /**
     * Where a one-time link makes an administrator.
     *
     * @param link null if what is there is none
     */
    record Setup(@Nullable Token link) implements PagePath {}

    /**
     * Where a device is let in.
     *
     * @param link null if what is there is none
     */
    record Device(@Nullable Token link) implements PagePath {}

    /** The page of a path; empty if it is none. */
    static Optional<PagePath> of(String path, OwnPath style) {
        if (path.equals(HOME.text())) {
            return Optional.of(new Home());
        }
        if (path.equals(LOGIN.text())) {
            return Optional.of(new Login());
        }
        if (path.equals(LOGOUT.text())) {
            return Optional.of(new Logout());
        }
        if (path.equals(style.text())) {
            return Optional.of(new Style());
        }
        return secretBehind(WebPages.SETUP_PATH, path)
                .<PagePath>map(text -> new Setup(link(text)))
                .or(() -> secretBehind(LoginLinks.PATH, path).map(text -> new Device(link(text))));
    }

    private static @Nullable Token link(String text) {
        return Token.parse(TokenKind.LINK, text).orElse(null);
    }

    /** Where a device's page is. */
    static OwnPath device(Token link) {
        return new OwnPath(LoginLinks.PATH + link.reveal());
    }

    /** Where a link makes an administrator. */
    static OwnPath setup(Token link) {
        return new OwnPath(WebPages.SETUP_PATH + link.reveal());
    }

    private static Optional<String> secretBehind(String prefix, String path) {
        return path.startsWith(prefix) && path.length() <= prefix.length() + MAX_SECRET_LENGTH
                ? Optional.of(path.substring(prefix.length()))
                : Optional.empty();
    }
}
