/** When a node is connected to the relay of a region, and what waits for that. Pure. */
@NullMarked
package io.penstock.node.relay.core;

import org.jspecify.annotations.NullMarked;
