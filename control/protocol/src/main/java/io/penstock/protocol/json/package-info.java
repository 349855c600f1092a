/** JSON as the control protocol's programs, written in Go, write and read it. */
@NullMarked
package io.penstock.protocol.json;

import org.jspecify.annotations.NullMarked;
