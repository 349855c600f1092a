/** UDP sockets with segmentation offload, and the structs of {@code sendmmsg} and {@code recvmmsg}. */
@NullMarked
package io.penstock.ffm.udp;

import org.jspecify.annotations.NullMarked;
