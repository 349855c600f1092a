/**
 * Certificates from an authority that speaks ACME (RFC 8555), by the library acme4j: asked for, kept, and renewed in time. The
 * authority finds that we have the name by TLS at our own listener (RFC 8737).
 */
@NullMarked
package io.penstock.relay.acme;

import org.jspecify.annotations.NullMarked;
