/** The program on every gateway: carries out what {@link io.penstock.node.daemon.core.NodeCore} decides, and answers callers. */
@NullMarked
package io.penstock.node.daemon;

import org.jspecify.annotations.NullMarked;
