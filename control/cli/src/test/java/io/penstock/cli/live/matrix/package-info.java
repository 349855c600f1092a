/**
 * Our program and each other implementation of WireGuard through everything that two of them do with each other: one test for each
 * cell of the matrix (peer, family outside, who starts, preshared key, scenario), and a table of them in {@code target/matrix.md}.
 */
@NullMarked
package io.penstock.cli.live.matrix;

import org.jspecify.annotations.NullMarked;
