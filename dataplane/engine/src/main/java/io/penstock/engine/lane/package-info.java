/**
 * The packet path. A {@code Lane} is one agent that owns a TUN queue, a pair of UDP sockets and the memory between
 * them; everything in this package runs on the lane's thread unless its comment says otherwise, and allocates nothing
 * per packet.
 */
@NullMarked
package io.penstock.engine.lane;

import org.jspecify.annotations.NullMarked;
