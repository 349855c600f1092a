/** Off-heap memory of the engine: locked cells for keys, and slabs for packets. */
@NullMarked
package io.penstock.engine.memory;

import org.jspecify.annotations.NullMarked;
