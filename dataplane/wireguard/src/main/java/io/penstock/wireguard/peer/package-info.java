/**
 * What one peer needs: keypairs with counters and replay windows, timers, and the marks by which lanes tell the control
 * agent what they have sent and received. Whitepaper section 6.
 */
@NullMarked
package io.penstock.wireguard.peer;

import org.jspecify.annotations.NullMarked;
