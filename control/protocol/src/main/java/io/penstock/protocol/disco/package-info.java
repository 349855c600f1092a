/**
 * Path discovery: what nodes say to each other, sealed, over UDP beside WireGuard or through a relay.
 *
 * <pre>
 * 6 magic "TS" and a sign | 32 sender's disco key | 24 nonce | 16 tag | ciphertext of: u8 type | u8 version 0 | body
 * </pre>
 *
 * Addresses are 16 bytes, IPv4 mapped into IPv6, and a port.
 */
@NullMarked
package io.penstock.protocol.disco;

import org.jspecify.annotations.NullMarked;
