package io.penstock.server.admin;

import io.penstock.server.model.Role;
import java.util.Arrays;
import java.util.Optional;

/**
 * What there is to be allowed, and to whom: the whole of it is in this table. The text is also the scope of an API key. What is
 * not granted here is denied.
 */
public enum Permission {
    USERS_READ("users:read", Reach.OWN, Reach.ALL, Reach.ALL, Reach.ALL),
    USERS_WRITE("users:write", Reach.NONE, Reach.NONE, Reach.ALL, Reach.ALL),
    NODES_READ("nodes:read", Reach.OWN, Reach.ALL, Reach.ALL, Reach.ALL),
    NODES_WRITE("nodes:write", Reach.OWN, Reach.OWN, Reach.ALL, Reach.ALL),
    /** Asks nodes whether they are there: a right of its own, so that a monitor's key may do this and nothing else. */
    NODES_PING("nodes:ping", Reach.OWN, Reach.ALL, Reach.ALL, Reach.ALL),
    /** When keys end: a right of administrators, or whoever owns a node could put off its next login for ever. */
    NODES_EXPIRY("nodes:expiry", Reach.NONE, Reach.NONE, Reach.ALL, Reach.ALL),
    TAGS_WRITE("tags:write", Reach.NONE, Reach.NONE, Reach.ALL, Reach.ALL),
    ROUTES_WRITE("routes:write", Reach.NONE, Reach.NONE, Reach.ALL, Reach.ALL),
    KEYS_READ("keys:read", Reach.OWN, Reach.ALL, Reach.ALL, Reach.ALL),
    KEYS_WRITE("keys:write", Reach.OWN, Reach.OWN, Reach.ALL, Reach.ALL),
    API_KEYS_READ("api-keys:read", Reach.OWN, Reach.ALL, Reach.ALL, Reach.ALL),
    API_KEYS_WRITE("api-keys:write", Reach.OWN, Reach.OWN, Reach.ALL, Reach.ALL),
    POLICY_READ("policy:read", Reach.NONE, Reach.ALL, Reach.ALL, Reach.ALL),
    POLICY_WRITE("policy:write", Reach.NONE, Reach.NONE, Reach.ALL, Reach.ALL),
    DNS_READ("dns:read", Reach.NONE, Reach.ALL, Reach.ALL, Reach.ALL),
    DNS_WRITE("dns:write", Reach.NONE, Reach.NONE, Reach.ALL, Reach.ALL),
    AUDIT_READ("audit:read", Reach.NONE, Reach.ALL, Reach.ALL, Reach.ALL),
    /** The coordinator itself, for its operators whatever their role. */
    SERVER_READ("server:read"),
    /** The coordinator itself, for its operators whatever their role. */
    SERVER_WRITE("server:write");

    /** Over what somebody may do it. */
    public enum Reach {
        NONE,
        /** Themselves and what belongs to them. */
        OWN,
        /** Everything of their domain. */
        ALL
    }

    private final String scope;
    private final boolean ofOperators;
    private final Reach member;
    private final Reach auditor;
    private final Reach admin;
    private final Reach owner;

    Permission(String scope, Reach member, Reach auditor, Reach admin, Reach owner) {
        this(scope, false, member, auditor, admin, owner);
    }

    Permission(String scope) {
        this(scope, true, Reach.NONE, Reach.NONE, Reach.NONE, Reach.NONE);
    }

    Permission(String scope, boolean ofOperators, Reach member, Reach auditor, Reach admin, Reach owner) {
        this.scope = scope;
        this.ofOperators = ofOperators;
        this.member = member;
        this.auditor = auditor;
        this.admin = admin;
        this.owner = owner;
    }

    /** How far it reaches in somebody's own domain; none for what is an operator's. */
    public Reach reach(Role role) {
        return switch (role) {
            case MEMBER -> member;
            case AUDITOR -> auditor;
            case ADMIN -> admin;
            case OWNER -> owner;
        };
    }

    /** Whether it is about the coordinator and not about a domain. */
    public boolean isOfOperators() {
        return ofOperators;
    }

    /** Its name as the scope of an API key. */
    public String scope() {
        return scope;
    }

    /** Empty for what is no scope. */
    public static Optional<Permission> ofScope(String scope) {
        return Arrays.stream(values())
                .filter(permission -> permission.scope.equals(scope))
                .findFirst();
    }
}
