/**
 * The node's connections to relays: {@link io.penstock.node.relay.RelayClient} carries out on Netty what the state machine in
 * {@code core} decides for each region.
 */
@NullMarked
package io.penstock.node.relay;

import org.jspecify.annotations.NullMarked;
