/**
 * The control protocol between coordinator and node: a Noise handshake in an HTTP upgrade, records, HTTP/2 inside of them.
 *
 * <pre>
 * initiation   u16 version | u8 1 | u16 96 | 32 ephemeral key | 48 sealed machine key | 16 sealed nothing     (101 bytes)
 * response                   u8 2 | u16 48 | 32 ephemeral key | 16 sealed nothing                              (51 bytes)
 * error                      u8 3 | u16 n  | n text, in clear, a hint at most
 * record                     u8 4 | u16 n  | n ciphertext of up to 4077 bytes, tag included
 * </pre>
 *
 * All numbers are big-endian. The initiator is the node; its static key is the machine key, and it knows the coordinator's
 * from {@code GET /key}. Objects of this package belong to one connection; none is thread-safe.
 */
@NullMarked
package io.penstock.protocol.ts2021;

import org.jspecify.annotations.NullMarked;
