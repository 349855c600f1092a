/** From the packet filter of a network map to the one of the packet path, and what else its rules say. Pure. */
@NullMarked
package io.penstock.node.filter;

import org.jspecify.annotations.NullMarked;
