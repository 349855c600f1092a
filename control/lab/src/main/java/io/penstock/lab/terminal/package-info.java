/** A terminal as a place for one picture that changes, and for keys. */
@NullMarked
package io.penstock.lab.terminal;

import org.jspecify.annotations.NullMarked;
