/** What a relay shows in the handshake of TLS. */
@NullMarked
package io.penstock.relay.tls;

import org.jspecify.annotations.NullMarked;
