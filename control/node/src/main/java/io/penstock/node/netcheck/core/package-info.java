/** What {@code penstock netcheck} finds out and in which order, without network or clock. */
@NullMarked
package io.penstock.node.netcheck.core;

import org.jspecify.annotations.NullMarked;
