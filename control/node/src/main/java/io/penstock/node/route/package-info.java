/** Which routes of the network map a node takes, pure. */
@NullMarked
package io.penstock.node.route;

import org.jspecify.annotations.NullMarked;
