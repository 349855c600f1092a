/**
 * The control plane's protocols without a socket, a thread, a clock or a source of randomness: bytes and times in, messages
 * and actions out. Each package is one protocol or one state machine, for both of its sides.
 */
@NullMarked
package io.penstock.protocol;

import org.jspecify.annotations.NullMarked;
