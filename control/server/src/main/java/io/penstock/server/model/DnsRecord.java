package io.penstock.server.model;

/**
 * A name that the domain answers besides those of its nodes. Immutable.
 *
 * @param type A, AAAA, CNAME or TXT
 */
public record DnsRecord(long id, long domainId, String name, String type, String value) {}
