/**
 * A traffic generator and meter: TCP or UDP, several streams, either direction, round trips idle and under load.
 *
 * <p>Every connection to a server starts with one {@code Hello}:
 *
 * <pre>
 *   0  8  magic "PENSPEED"
 *   8  2  version, 1
 *  10  1  role: 1 control, 2 data, 3 echo
 *  11  1  zero
 *  12  4  stream, 0 for control and echo
 *  16  8  token of the session, 0 for control
 * </pre>
 *
 * <p>What follows on a control connection (and one {@code ATTACHED} on the others) are frames, all numbers big-endian:
 *
 * <pre>
 *   0  1  type, see FrameType
 *   1  1  zero
 *   2  2  length of the body, at most 8192
 *   4  n  body
 * </pre>
 *
 * <p>The order on a control connection is {@code Hello, WELCOME, TEST, READY, START, STARTED, (STATS_REQUEST, STATS)*, FINISH,
 * RESULT}; the server may answer {@code ERROR} with a text at any point and closes. Data connections then carry filler in one
 * direction; an echo connection carries 16-byte messages that come back as they are. UDP datagrams have a header of their own, see
 * {@code DatagramHeader}.
 */
@NullMarked
package io.penstock.lab.speed;

import org.jspecify.annotations.NullMarked;
