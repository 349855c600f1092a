/** The relay and the server of STUN that a coordinator has inside, and what its nodes are told of relays. */
@NullMarked
package io.penstock.server.relay;

import org.jspecify.annotations.NullMarked;
