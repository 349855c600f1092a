/** What a node that finds paths to its peers needs of a tunnel beyond what {@code wg} does. */
@NullMarked
package io.penstock.engine.wire;

import org.jspecify.annotations.NullMarked;
