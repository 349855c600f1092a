/** The distribution's stock kernel in QEMU: another machine, with Linux's own WireGuard. */
@NullMarked
package io.penstock.cli.live.guest;

import org.jspecify.annotations.NullMarked;
