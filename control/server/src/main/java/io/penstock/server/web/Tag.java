package io.penstock.server.web;

import java.util.Locale;

/** The elements that our pages are made of. None loads anything but the style sheet, and on one page the script of passkeys. */
enum Tag {
    HTML,
    HEAD,
    META(true),
    TITLE,
    LINK(true),
    BODY,
    HEADER,
    NAV,
    MAIN,
    H1,
    H2,
    SECTION,
    UL,
    LI,
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
    TABLE,
    THEAD,
    TBODY,
    TR,
    TH,
    TD,
    FORM,
    FIELDSET,
    LEGEND,
    SELECT,
    OPTION,
    TEXTAREA,
    PRE,
    SCRIPT,
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
