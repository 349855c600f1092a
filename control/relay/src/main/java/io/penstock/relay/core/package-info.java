/**
 * What a relay decides: who is here, who gets which packet, what is kept for slow receivers and what is dropped. No sockets, no
 * threads of its own, no clock: time comes in as {@code nowNs}. Called from many event loops at a time; each class says how it
 * bears that.
 */
@NullMarked
package io.penstock.relay.core;

import org.jspecify.annotations.NullMarked;
