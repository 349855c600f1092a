/** TUN devices: {@code /dev/net/tun}, its ioctls and the virtio header in front of each packet. */
@NullMarked
package io.penstock.ffm.tun;

import org.jspecify.annotations.NullMarked;
