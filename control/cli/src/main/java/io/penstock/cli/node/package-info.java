/**
 * The verbs of a gateway: {@code penstock up} and its like. They speak JSON lines to the daemon's socket by {@link
 * io.penstock.cli.node.Daemon}; what can be set comes from the one table of {@code io.penstock.node.config}. Kept light, since a
 * command's start is most of its time: no data binding, no network library.
 */
@NullMarked
package io.penstock.cli.node;

import org.jspecify.annotations.NullMarked;
