/**
 * DERP, version 2: what nodes, relays and relays of one region say to each other. Pure framing for all sides; who is let in,
 * routing and queues are the relay's.
 *
 * <pre>
 * u8 type | u32 length, big-endian, of what follows | payload
 * </pre>
 *
 * A relay begins with its key, a client answers with its own and a sealed greeting, the relay seals one back; then packets.
 * Frames of unknown types are skipped on all sides.
 */
@NullMarked
package io.penstock.protocol.derp;

import org.jspecify.annotations.NullMarked;
