package io.penstock.server.web;

/**
 * A field of a form.
 *
 * @param hint what to know about it, empty for nothing
 * @param autocomplete by which browsers and password managers know what it is
 * @param isOptional whether it may be left out
 */
record Field(String name, String label, String hint, Kind kind, String autocomplete, boolean isOptional) {
    Field(String name, String label, String hint, Kind kind, String autocomplete) {
        this(name, label, hint, kind, autocomplete, false);
    }

    /** The same, which may be left out. */
    Field optional() {
        return new Field(name, label, hint, kind, autocomplete, true);
    }

    enum Kind {
        TEXT,
        /** Never given back. */
        PASSWORD,
        /** Six digits of an authenticator app; never given back. */
        CODE
    }

    static final Field LOGIN_NAME = new Field("login_name", "Name", "", Kind.TEXT, "username");

    static final Field PASSWORD = new Field("password", "Password", "", Kind.PASSWORD, "current-password");

    static final Field CODE_OF_APP = new Field(
            "code", "Code", "Six digits of your authenticator app. Each works once.", Kind.CODE, "one-time-code");

    static final Field CODE = new Field(
            "code",
            "Code",
            "Six digits of your authenticator app, or a recovery code. Each works once.",
            Kind.CODE,
            "one-time-code");
}
