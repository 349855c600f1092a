/**
 * ChaCha20-Poly1305 (RFC 8439) as transport data needs it, by the fastest library that the machine has and that passes the
 * {@link io.penstock.engine.aead.SelfTest}. Engines take batches: n packets as addresses, lengths and counters.
 */
@NullMarked
package io.penstock.engine.aead;

import org.jspecify.annotations.NullMarked;
