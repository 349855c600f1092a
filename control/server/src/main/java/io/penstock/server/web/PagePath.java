package io.penstock.server.web;

import io.penstock.server.login.BackChannel;
import io.penstock.server.login.OidcLogin;
import io.penstock.server.login.SamlLogin;
import io.penstock.server.machine.LoginLinks;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which page a path is. */
sealed interface PagePath {
    OwnPath HOME = new OwnPath("/");
    OwnPath LOGIN = new OwnPath("/login");
    OwnPath LOGOUT = new OwnPath("/logout");
    OwnPath RECOVERY = new OwnPath("/recovery");
    OwnPath FACTOR = new OwnPath("/second-factor");
    OwnPath FACTORS = new OwnPath("/second-factors");
    OwnPath DEVICE_CODE = new OwnPath(LoginLinks.CODE_PATH);
    OwnPath MACHINES = new OwnPath("/machines");
    OwnPath USERS = new OwnPath("/users");
    OwnPath KEYS = new OwnPath("/keys");
    OwnPath POLICY = new OwnPath("/policy");

    String LOGIN_WITH = "/login/with/";
    String LOGIN_BACK = "/login/back/";

    Pattern PROVIDER = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

    /** A secret of ours is shorter. */
    int MAX_SECRET_LENGTH = 100;

    record Home() implements PagePath {}

    record Login() implements PagePath {}

    record Logout() implements PagePath {}

    /** Where a local administrator gets recovery codes. */
    record Recovery() implements PagePath {}

    /** Where a browser is sent off to a provider. */
    record LoginWith(String provider) implements PagePath {}

    /** Where a provider sends it back to. */
    record LoginFrom(String provider) implements PagePath {}

    /**
     * Where a browser comes for what a provider of SAML has answered.
     *
     * @param state null if what is there is none
     */
    record LoginBack(@Nullable Token state) implements PagePath {}

    /** Where a provider of SAML reads what we say of ourselves. */
    record LoginMetadata(String provider) implements PagePath {}

    /** Where a provider says that sessions have ended. */
    record LogoutFrom(String provider) implements PagePath {}

    record Style() implements PagePath {}

    /** The script of passkeys. */
    record Script() implements PagePath {}

    /** Where a second factor of ours is proven, and the first one made. */
    record Factor() implements PagePath {}

    /** Where somebody looks after theirs. */
    record Factors() implements PagePath {}

    /** Where a code is typed in that a device shows. */
    record DeviceCode() implements PagePath {}

    record Machines() implements PagePath {}

    /** One of them, also of one's own devices. */
    record Machine(long id) implements PagePath {}

    record Users() implements PagePath {}

    record OneUser(long id) implements PagePath {}

    record Keys() implements PagePath {}

    record Policy() implements PagePath {}

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

    Map<String, PagePath> FIXED = Map.ofEntries(
            Map.entry(HOME.text(), new Home()),
            Map.entry(LOGIN.text(), new Login()),
            Map.entry(LOGOUT.text(), new Logout()),
            Map.entry(RECOVERY.text(), new Recovery()),
            Map.entry(FACTOR.text(), new Factor()),
            Map.entry(FACTORS.text(), new Factors()),
            Map.entry(DEVICE_CODE.text(), new DeviceCode()),
            Map.entry(MACHINES.text(), new Machines()),
            Map.entry(USERS.text(), new Users()),
            Map.entry(KEYS.text(), new Keys()),
            Map.entry(POLICY.text(), new Policy()));

    /** The page of a path; empty if it is none. */
    static Optional<PagePath> of(String path, OwnPath style, OwnPath script) {
        PagePath fixed = FIXED.get(path);
        if (fixed != null) {
            return Optional.of(fixed);
        }
        if (path.equals(style.text())) {
            return Optional.of(new Style());
        }
        if (path.equals(script.text())) {
            return Optional.of(new Script());
        }
        Optional<PagePath> one = textBehind(MACHINES.text() + "/", path)
                .flatMap(Numbers::id)
                .<PagePath>map(Machine::new)
                .or(() -> textBehind(USERS.text() + "/", path)
                        .flatMap(Numbers::id)
                        .map(OneUser::new));
        if (one.isPresent()) {
            return one;
        }
        Optional<PagePath> provider = textBehind(LOGIN_WITH, path)
                .<PagePath>map(LoginWith::new)
                .or(() -> textBehind(OidcLogin.CALLBACK_PATH, path).map(LoginFrom::new))
                .or(() -> textBehind(SamlLogin.METADATA_PATH, path).map(LoginMetadata::new))
                .or(() -> textBehind(BackChannel.PATH, path).map(LogoutFrom::new));
        if (provider.isPresent()) {
            return provider.filter(found -> isProvider(path.substring(path.lastIndexOf('/') + 1)));
        }
        return textBehind(WebPages.SETUP_PATH, path)
                .<PagePath>map(text -> new Setup(link(text)))
                .or(() -> textBehind(LOGIN_BACK, path)
                        .map(text ->
                                new LoginBack(Token.parse(TokenKind.STATE, text).orElse(null))))
                .or(() -> textBehind(LoginLinks.PATH, path).map(text -> new Device(link(text))));
    }

    private static @Nullable Token link(String text) {
        return Token.parse(TokenKind.LINK, text).orElse(null);
    }

    /** Where a machine's page is. */
    static OwnPath machine(long id) {
        return new OwnPath(MACHINES.text() + "/" + id);
    }

    /** Where somebody's page is. */
    static OwnPath user(long id) {
        return new OwnPath(USERS.text() + "/" + id);
    }

    /** Where a device's page is. */
    static OwnPath device(Token link) {
        return new OwnPath(LoginLinks.PATH + link.reveal());
    }

    /** Where a browser is sent off to a provider. */
    static OwnPath loginWith(String provider) {
        return new OwnPath(LOGIN_WITH + provider);
    }

    /** Where a browser comes for an answer. */
    static OwnPath loginBack(Token state) {
        return new OwnPath(LOGIN_BACK + state.reveal());
    }

    private static boolean isProvider(String text) {
        return PROVIDER.matcher(text).matches();
    }

    /** Where a link makes an administrator. */
    static OwnPath setup(Token link) {
        return new OwnPath(WebPages.SETUP_PATH + link.reveal());
    }

    private static Optional<String> textBehind(String prefix, String path) {
        return path.startsWith(prefix) && path.length() <= prefix.length() + MAX_SECRET_LENGTH
                ? Optional.of(path.substring(prefix.length()))
                : Optional.empty();
    }
}
