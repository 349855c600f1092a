/**
 * The node's side of the control protocol: {@link io.penstock.node.coordination.CoordinationClient} carries out on Netty what the
 * state machine in {@code core} decides.
 */
@NullMarked
package io.penstock.node.coordination;

import org.jspecify.annotations.NullMarked;
