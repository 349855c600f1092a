package io.penstock.server.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who did what, or was kept from it. Immutable.
 *
 * @param domainId null for what concerns the whole coordinator
 * @param decision {@code allowed} or {@code denied}
 * @param detail what was changed, or why not; never a secret
 */
public record AuditEntry(
        long id,
        @Nullable Long domainId,
        Instant at,
        String actor,
        String action,
        String target,
        String decision,
        String detail) {}
