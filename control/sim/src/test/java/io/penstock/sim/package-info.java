/**
 * Networks that do not exist: nodes run the real protocol core in virtual time, over links that fail as the seed says, while
 * checkers watch. A failure is a seed. Test code; everything but {@code Main} is single-threaded and pure.
 */
@NullMarked
package io.penstock.sim;

import org.jspecify.annotations.NullMarked;
