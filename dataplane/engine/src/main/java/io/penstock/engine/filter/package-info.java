/**
 * What peers may send to this node: the packet filter of a network map, compiled, and the memory of flows that replies are let in by.
 * Rules are made by any thread; packets are judged by the lanes, without a lock and without allocating.
 */
@NullMarked
package io.penstock.engine.filter;

import org.jspecify.annotations.NullMarked;
