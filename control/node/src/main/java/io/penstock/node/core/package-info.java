/** Times, as all that decides in a node needs them. Pure. */
@NullMarked
package io.penstock.node.core;

import org.jspecify.annotations.NullMarked;
