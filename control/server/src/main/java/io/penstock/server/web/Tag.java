package io.penstock.server.web;

import java.util.Locale;

/** The elements that our pages are made of. There is no script among them, and none that loads anything but the style sheet. */
enum Tag {
    HTML,
    HEAD,
    META(true),
    TITLE,
    LINK(true),
    BODY,
    HEADER,
    MAIN,
    H1,
    H2,
    P,
    DIV,
    SPAN,
    STRONG,
    BDI,
    CODE,
    A,
    DL,
    DT,
    DD,
    FORM,
    LABEL,
    INPUT(true),
    BUTTON,
    TIME,
    SVG,
    PATH;

    private final boolean isVoid;

    Tag() {
        this(false);
    }

    Tag(boolean isVoid) {
        this.isVoid = isVoid;
    }

    /** Whether it has no content and no end. */
    boolean isVoid() {
        return isVoid;
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
