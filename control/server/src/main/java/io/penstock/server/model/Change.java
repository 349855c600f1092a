package io.penstock.server.model;

import java.time.Instant;

/**
 * An entry of the change log. Immutable.
 *
 * @param seq greater than that of every change committed before
 */
public record Change(long seq, long domainId, ChangeKind kind, long subjectId, Instant at) {}
