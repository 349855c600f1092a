package io.penstock.server.model;

import java.util.Locale;

/** What somebody is in their domain, from the least to the most. */
public enum Role {
    MEMBER,
    AUDITOR,
    ADMIN,
    OWNER;

    /**
     * Reads the form of {@link #toString}.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static Role parse(String text) {
        for (Role role : values()) {
            if (role.toString().equals(text)) {
                return role;
            }
        }
        throw new IllegalArgumentException("not a role: " + text + " (member, auditor, admin or owner)");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
