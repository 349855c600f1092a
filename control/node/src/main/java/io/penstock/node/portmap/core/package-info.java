/** Which port of the router leads to us, asked for in every way there is. Pure: no clock, socket or thread. */
@NullMarked
package io.penstock.node.portmap.core;

import org.jspecify.annotations.NullMarked;
