package io.penstock.node.api;

/**
 * What runs as the daemon.
 *
 * @param version as {@code penstock version} has it
 * @param pid of the daemon
 */
@Message
public record VersionResult(String version, long pid) {}
