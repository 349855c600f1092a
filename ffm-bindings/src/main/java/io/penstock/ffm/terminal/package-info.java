/** Terminals: their modes and size, by the ioctls of asm/ioctls.h. */
@NullMarked
package io.penstock.ffm.terminal;

import org.jspecify.annotations.NullMarked;
