/**
 * Two sites on one machine, joined by a tunnel, with traffic through it:
 *
 * <pre>
 *   host A ---- gateway A ---- internet ---- gateway B ---- host B
 *                  \========== WireGuard ==========/
 * </pre>
 *
 * Each of the five is a network namespace; links are veth pairs that never pass through the machine's own namespace. What is
 * made is written into a journal first, and every end (normal, failed, Ctrl-C, or the cleanup after a crash) removes what the
 * journal names and nothing else.
 */
@NullMarked
package io.penstock.lab.demo;

import org.jspecify.annotations.NullMarked;
