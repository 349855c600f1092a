/** Connections of clients over Netty: HTTP/1.1 first, frames of DERP after the upgrade. Each connection belongs to its event loop. */
@NullMarked
package io.penstock.relay.edge;

import org.jspecify.annotations.NullMarked;
