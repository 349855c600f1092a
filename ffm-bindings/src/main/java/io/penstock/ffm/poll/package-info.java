/** The struct of {@code poll}. */
@NullMarked
package io.penstock.ffm.poll;

import org.jspecify.annotations.NullMarked;
