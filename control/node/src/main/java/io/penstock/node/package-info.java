/** What a node of a mesh does. */
@NullMarked
package io.penstock.node;

import org.jspecify.annotations.NullMarked;
