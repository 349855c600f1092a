/**
 * The connection between node and coordinator as Netty handlers, for both ends: an upgrade of HTTP/1.1, records that are sealed
 * and opened, HTTP/2 inside of them.
 *
 * <pre>
 * socket | TLS or not | RecordCodec | EarlyPayloadHandler (node only) | Http2FrameCodec | Http2MultiplexHandler
 * </pre>
 *
 * Handlers belong to one connection and run on its event loop.
 */
@NullMarked
package io.penstock.transport;

import org.jspecify.annotations.NullMarked;
