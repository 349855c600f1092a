package io.penstock.server.model;

import java.util.Locale;

/** What a change was, as far as it decides what others have to be told. The subject is a node unless another is named. */
public enum ChangeKind {
    NODE_ADDED,
    NODE_REMOVED,
    /** Name, owner, tags, host: a peer needs the node anew. */
    NODE_CHANGED,
    /** Node key, expiry: a patch is enough. */
    NODE_KEY,
    /** Endpoints, disco key, home relay: a patch is enough. */
    NODE_CONTACT,
    NODE_ROUTES,
    /** The subject is a user. */
    USER,
    /** The subject is the version of the policy. */
    POLICY,
    /** The subject is the domain. */
    DNS,
    /** The subject is the domain. */
    DOMAIN,
    /** A join request was decided, either way: the subject. Of no domain, so that its number is 0; no node's map changes. */
    JOIN_REQUEST;

    /** The form in the store. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static ChangeKind parse(String text) {
        for (ChangeKind kind : values()) {
            if (kind.text().equals(text)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("not a kind of change: " + text);
    }
}
