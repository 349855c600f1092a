/** Asks the router for a port that leads to us: the thread, the socket and the requests for what {@code core} decides. */
@NullMarked
package io.penstock.node.portmap;

import org.jspecify.annotations.NullMarked;
