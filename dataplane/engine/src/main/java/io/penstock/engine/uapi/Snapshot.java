package io.penstock.engine.uapi;

/**
 * Copies of configuration and state for one get request, taken part by part. Made by the session and handed to and fro:
 * the control agent fills it during {@link Configuration#read}, the session reads it between two calls.
 */
public final class Snapshot {}
