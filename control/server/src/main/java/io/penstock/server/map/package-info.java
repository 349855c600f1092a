/** What each node is told of the others: the state of a domain, and streams of maps that follow it. */
@NullMarked
package io.penstock.server.map;

import org.jspecify.annotations.NullMarked;
