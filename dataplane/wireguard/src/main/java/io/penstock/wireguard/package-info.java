/**
 * The WireGuard protocol without a socket, a thread, a clock or a source of randomness: bytes and {@code nowNs} in, actions
 * out. {@code wire} knows the bytes, {@code noise} the handshake, {@code peer} sessions and timers, {@code route} who owns
 * an address; {@code Device} puts them together.
 */
@NullMarked
package io.penstock.wireguard;

import org.jspecify.annotations.NullMarked;
