/** What a node keeps on disk: keys, preferences, the last map. */
@NullMarked
package io.penstock.node.daemon.state;

import org.jspecify.annotations.NullMarked;
