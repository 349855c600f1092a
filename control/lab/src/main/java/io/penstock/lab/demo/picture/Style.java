package io.penstock.lab.demo.picture;

/** How a piece of text looks where colours are shown. The terminal's own sixteen, so that they fit its background. */
enum Style {
    PLAIN(""),
    STRONG("1"),
    FAINT("2"),
    GOOD("32"),
    BAD("1;31"),
    BUSY("33"),
    FLOW("36"),
    KEY("1;7");

    private final String codes;

    Style(String codes) {
        this.codes = codes;
    }

    /** The text between the sequences that switch this style on and off. */
    String around(String text) {
        return codes.isEmpty() || text.isEmpty() ? text : "\033[" + codes + "m" + text + "\033[0m";
    }
}
