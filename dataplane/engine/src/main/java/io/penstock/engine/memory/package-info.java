/** Locked off-heap memory for keys. */
@NullMarked
package io.penstock.engine.memory;

import org.jspecify.annotations.NullMarked;
