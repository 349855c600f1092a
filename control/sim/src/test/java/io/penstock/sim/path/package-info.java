/**
 * Whole networks of path finders: each node runs the real {@code PathCore} and the real state of its connections to relays; the
 * coordinator, the relays and the traffic are the simulator's. Test code, single-threaded and pure.
 */
@NullMarked
package io.penstock.sim.path;

import org.jspecify.annotations.NullMarked;
