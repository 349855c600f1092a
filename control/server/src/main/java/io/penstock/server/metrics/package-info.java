/** What the coordinator tells a monitoring system of itself, in the text format of Prometheus. */
@NullMarked
package io.penstock.server.metrics;

import org.jspecify.annotations.NullMarked;
