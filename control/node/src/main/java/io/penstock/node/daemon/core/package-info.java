/** What a node does and when: decided here, carried out by the daemon. Pure. */
@NullMarked
package io.penstock.node.daemon.core;

import org.jspecify.annotations.NullMarked;
