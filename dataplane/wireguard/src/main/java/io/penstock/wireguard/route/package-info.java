/**
 * Cryptokey routing: which peer owns an address. One writer, the control agent; any lane reads without a lock.
 * Whitepaper section 2.
 */
@NullMarked
package io.penstock.wireguard.route;

import org.jspecify.annotations.NullMarked;
