/** The box of NaCl, in which relays' greetings and path discovery are sealed. */
@NullMarked
package io.penstock.protocol.nacl;

import org.jspecify.annotations.NullMarked;
