/**
 * The four messages of WireGuard as views over packet memory. Whitepaper section 5.4; integers are little-endian.
 *
 * <pre>
 * Initiation, 148 bytes                        Response, 92 bytes
 *   0  type 1, three zero bytes                  0  type 2, three zero bytes
 *   4  sender index                              4  sender index
 *   8  ephemeral public key          32          8  receiver index
 *  40  sealed static public key   32+16         12  ephemeral public key          32
 *  88  sealed timestamp           12+16         44  sealed nothing              0+16
 * 116  mac1                          16         60  mac1                          16
 * 132  mac2                          16         76  mac2                          16
 *
 * CookieReply, 64 bytes                        Data, 32 bytes and more
 *   0  type 3, three zero bytes                  0  type 4, three zero bytes
 *   4  receiver index                            4  receiver index
 *   8  nonce                         24          8  counter                        8
 *  32  sealed cookie              16+16         16  sealed inner packet         n+16
 * </pre>
 *
 * <p>A view is made once and wrapped per message; it owns nothing, and wrapping checks the length so that no read leaves
 * the message. The object belongs to one thread.
 */
@NullMarked
package io.penstock.wireguard.wire;

import org.jspecify.annotations.NullMarked;
