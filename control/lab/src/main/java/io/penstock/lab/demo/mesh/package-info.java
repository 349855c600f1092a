/**
 * What the demo of a mesh decides: which key does what, how long nothing got through after it, and what was to be expected. Pure:
 * no clock, thread, socket or process.
 */
@NullMarked
package io.penstock.lab.demo.mesh;

import org.jspecify.annotations.NullMarked;
