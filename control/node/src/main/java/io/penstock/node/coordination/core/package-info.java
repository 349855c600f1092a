/** What a node says to its coordinator and when: a state machine of events and times in, actions out. Pure. */
@NullMarked
package io.penstock.node.coordination.core;

import org.jspecify.annotations.NullMarked;
