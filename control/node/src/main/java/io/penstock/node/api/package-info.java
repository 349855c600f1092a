/**
 * What a node's daemon and its callers say to each other over a UNIX socket: one JSON object a line, a {@link
 * io.penstock.node.api.Request} first, then any number of events, then a result or an error; then the next request. Field names are
 * in snake case, times as RFC 3339 has them, fields that are not known are ignored. {@link
 * io.penstock.node.api.Status#SCHEMA} only grows.
 */
@NullMarked
package io.penstock.node.api;

import org.jspecify.annotations.NullMarked;
