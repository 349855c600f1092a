package io.penstock.server.model;

import java.time.Instant;

/** A policy as it was written, comments and all. The highest version of a domain is in force. Immutable. */
public record PolicyVersion(long domainId, long version, String text, String author, Instant created) {}
