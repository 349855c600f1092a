/**
 * The administration over REST: a table of routes, from which the requests are served, the OpenAPI document is written and the
 * authorization test is made. Knows nothing of sockets; whoever listens calls {@link io.penstock.server.api.Api}.
 */
@NullMarked
package io.penstock.server.api;

import org.jspecify.annotations.NullMarked;
