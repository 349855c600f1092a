/** UNIX stream sockets with the caller's credentials. */
@NullMarked
package io.penstock.ffm.unix;

import org.jspecify.annotations.NullMarked;
