/**
 * Linux as C names it: system calls, structs and crypto libraries, through the Foreign Function and Memory API.
 *
 * <p>The only room of Penstock that calls the linker. Addresses and integers are {@code long}s, results are {@code >= 0} or
 * {@code -errno}; nothing here knows what a tunnel is. Set-up calls throw {@link io.penstock.ffm.ErrnoException}.
 */
@NullMarked
package io.penstock.ffm;

import org.jspecify.annotations.NullMarked;
