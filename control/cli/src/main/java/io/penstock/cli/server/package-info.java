/**
 * {@code penstock server}: the coordinator itself, and the verbs by which it is run. The verbs speak the coordinator's REST API,
 * over its local socket unless told otherwise. Command classes name only the JDK, picocli and this package in their signatures:
 * a program without the coordinator's libraries still explains them.
 */
@NullMarked
package io.penstock.cli.server;

import org.jspecify.annotations.NullMarked;
