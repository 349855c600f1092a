/** {@code penstock netcheck} behind every kind of NAT, in virtual time. */
@NullMarked
package io.penstock.sim.netcheck;

import org.jspecify.annotations.NullMarked;
