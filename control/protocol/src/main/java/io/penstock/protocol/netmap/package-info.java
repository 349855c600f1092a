/** The node's side of the map: messages of the stream in, immutable maps out. */
@NullMarked
package io.penstock.protocol.netmap;

import org.jspecify.annotations.NullMarked;
