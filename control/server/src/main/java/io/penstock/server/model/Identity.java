package io.penstock.server.model;

/**
 * Who somebody is: the subject by which an issuer knows them, and nothing else. Names and addresses of mail can pass from one
 * person to another.
 */
public record Identity(String issuer, String subject) {
    /** The issuer of those whose password this coordinator keeps. */
    public static final String LOCAL = "local";

    private static final int MAX_LENGTH = 512;

    public Identity {
        if (issuer.isBlank() || subject.isBlank() || issuer.length() > MAX_LENGTH || subject.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("an identity has an issuer and a subject of at most " + MAX_LENGTH);
        }
    }

    public boolean isLocal() {
        return issuer.equals(LOCAL);
    }
}
