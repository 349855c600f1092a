/** Races of the packet path's pipeline, for jcstress: two threads, every outcome named, the forbidden ones too. */
@NullMarked
package io.penstock.engine.lane;

import org.jspecify.annotations.NullMarked;
