/**
 * Arithmetic on inner packets, pure: one TUN superpacket into segments, decrypted packets back into superpackets, checksums,
 * and the checks a decrypted packet has to pass. No system call, no thread, no clock, no allocation after construction.
 */
@NullMarked
package io.penstock.engine.offload;

import org.jspecify.annotations.NullMarked;
