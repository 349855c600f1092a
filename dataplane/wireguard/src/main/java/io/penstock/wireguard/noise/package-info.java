/**
 * The handshake Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s with its cookies, and the primitives under it. Whitepaper section 5.
 *
 * <p>What wiping means here. Keys that last (static and pre-shared keys, static-static secrets, a handshake's chaining key,
 * hash and ephemeral key, transport keys) live in {@link io.penstock.wireguard.SecretMemory}, off-heap, at one address,
 * and are zeroed there. The arithmetic runs over a few long-lived heap arrays that are zeroed after each operation. A JVM
 * cannot promise more: the collector may have moved an array in between and left a copy in free heap, the compiler keeps
 * values in registers and stack slots that nobody clears, and BouncyCastle's X25519 has locals of its own. Keys are never
 * in a {@code String}, an exception, a record or a log.
 *
 * <p>Objects of this package belong to the one control agent that drives the device; none is thread-safe.
 */
@NullMarked
package io.penstock.wireguard.noise;

import org.jspecify.annotations.NullMarked;
