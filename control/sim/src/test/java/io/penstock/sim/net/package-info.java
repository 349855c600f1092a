/**
 * Networks that do not exist: one internet, routers with NAT and stateful firewalls, local networks behind them, hosts. Datagrams
 * only, in virtual time, with all chance from dice. Knows nothing of what the datagrams say. Single-threaded and pure.
 */
@NullMarked
package io.penstock.sim.net;

import org.jspecify.annotations.NullMarked;
