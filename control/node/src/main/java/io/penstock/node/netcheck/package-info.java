/** A look at the network in front of this host, without a tunnel: sockets and threads around {@code core}. */
@NullMarked
package io.penstock.node.netcheck;

import org.jspecify.annotations.NullMarked;
