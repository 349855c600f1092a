/**
 * Routers that translate addresses as those in the world do, out of nftables and conntrack alone; each kind in a network namespace.
 * What two nodes behind them can do is in {@link io.penstock.lab.nat.NatKind}.
 */
@NullMarked
package io.penstock.lab.nat;

import org.jspecify.annotations.NullMarked;
