/**
 * The frames of the map stream: u32 little-endian length, then zstd data of one JSON message.
 *
 * <p>That data may be any number of complete zstd frames one behind the other, cut anywhere in the JSON. So a coordinator
 * compresses each peer once, keeps the result as a {@link io.penstock.protocol.mapstream.Piece}, and answers a whole map by
 * copying pieces, with a few bytes of JSON in between that are stored and not compressed.
 */
@NullMarked
package io.penstock.protocol.mapstream;

import org.jspecify.annotations.NullMarked;
