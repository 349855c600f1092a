/** The coordinator's HTTP listener: TLS, limits, and the hand-over to whoever serves a path. The only package that knows Netty. */
@NullMarked
package io.penstock.server.http;

import org.jspecify.annotations.NullMarked;
