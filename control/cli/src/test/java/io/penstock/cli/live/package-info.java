/**
 * The packaged program against the real world: started by the launcher as a user starts it, in network namespaces that a test
 * makes and removes, driven by the distribution's {@code wg}, {@code wg-quick} and {@code ip}, talking to its {@code wireguard-go}.
 *
 * <p>The tests need root and never skip. With {@code -Dpenstock.test.subject=wireguard-go} wireguard-go takes our place too,
 * which tells whether a failure is ours or the test's.
 */
@NullMarked
package io.penstock.cli.live;

import org.jspecify.annotations.NullMarked;
