/**
 * Paths to peers: {@link io.penstock.node.path.PathDriver} carries out what {@code core} decides, between a tunnel's
 * {@link io.penstock.engine.wire.Wire} and the connections to relays.
 */
@NullMarked
package io.penstock.node.path;

import org.jspecify.annotations.NullMarked;
