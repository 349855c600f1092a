/**
 * How the NAT in front of us behaves, as a client finds out by asking STUN servers: RFC 5780. Pure.
 *
 * <pre>
 *   socket      asks                          tells
 *   MAPPING     every server                  whether datagrams get out and in, and our address outside
 *   MAPPING     the second address of one,    mapping: does it give us one port outside for all destinations
 *               at both ports
 *   FILTERING   one, to answer from           filtering: who is let in besides whom was sent to
 *               elsewhere
 *   HAIRPIN     the address of MAPPING        whether two hosts behind it reach each other there
 *               outside, and back
 * </pre>
 */
@NullMarked
package io.penstock.protocol.stun.discovery;

import org.jspecify.annotations.NullMarked;
