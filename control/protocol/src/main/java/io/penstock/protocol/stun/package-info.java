/**
 * STUN, RFC 8489: how a node learns what its NAT made of its address. Binding only, over UDP, without authentication, in the
 * form that Tailscale's nodes and relays use and that any STUN server and client understands; and RFC 5780's additions, by which a
 * client finds out how its NAT behaves ({@code discovery}): CHANGE-REQUEST, RESPONSE-ORIGIN, OTHER-ADDRESS. Not RESPONSE-PORT
 * and PADDING, which a server is free not to understand.
 *
 * <pre>
 * u16 type | u16 length of the attributes | u32 magic 2112a442 | 12 transaction id | attributes
 * attribute: u16 type | u16 length | value, padded to a multiple of 4
 * </pre>
 */
@NullMarked
package io.penstock.protocol.stun;

import org.jspecify.annotations.NullMarked;
