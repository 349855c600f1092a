/** The server of STUN beside a relay. */
@NullMarked
package io.penstock.relay.stun;

import org.jspecify.annotations.NullMarked;
