/** The two seams of the data plane to the outside, {@code TunPort} and {@code UdpPort}, and their Linux forms. */
@NullMarked
package io.penstock.engine.io;

import org.jspecify.annotations.NullMarked;
