/**
 * What the namespace suites of WireGuard ask of a userspace program, a rule a test. Each file draws its topology; the programs at
 * both ends are the tested one.
 */
@NullMarked
package io.penstock.cli.live.netns;

import org.jspecify.annotations.NullMarked;
