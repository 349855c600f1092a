/**
 * Timings, one question per class and a baseline in each; {@code bench/run} runs them. Memory is off-heap and laid out as on the
 * packet path. What a class asks, and which of its benchmarks may allocate nothing, its annotations say.
 */
@NullMarked
package io.penstock.bench;

import org.jspecify.annotations.NullMarked;
