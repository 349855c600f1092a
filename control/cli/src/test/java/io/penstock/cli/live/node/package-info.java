/**
 * Networks of gateways that join our coordinator, as scripts: each class has the drawing of its topology. Namespaces stand for machines;
 * everything runs as it is shipped, through {@code ./penstock}.
 */
@NullMarked
package io.penstock.cli.live.node;

import org.jspecify.annotations.NullMarked;
