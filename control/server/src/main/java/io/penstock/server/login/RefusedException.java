package io.penstock.server.login;

/** Something that a provider said is not believed. The message is for the audit log and its reader, in one line. */
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    RefusedException(String message) {
        super(oneLine(message));
    }

    RefusedException(String message, Throwable cause) {
        super(oneLine(message), cause);
    }

    /** Messages have text of the provider in them. */
    private static String oneLine(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= 300 ? line : line.substring(0, 300) + "…";
    }
}
