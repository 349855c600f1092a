package io.penstock.server.api;

import io.penstock.server.admin.Permission;

/** Who may call a route. */
public sealed interface Access {
    /** Anybody: how one gets in. What the body holds decides. */
    record Open() implements Access {}

    /** Whoever is in, about themselves. */
    record SignedIn() implements Access {}

    /** Whoever has the permission in the domain of the path, or over the coordinator if it is an operator's. */
    record Needs(Permission permission) implements Access {}
}
