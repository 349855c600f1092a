/**
 * A relay: DERP version 2 with STUN beside it, for nodes that cannot reach each other directly. It sees keys and sizes of
 * packets and nothing of what is in them. What it decides is in {@code core}, how bytes come and go in {@code edge}.
 */
@NullMarked
package io.penstock.relay;

import org.jspecify.annotations.NullMarked;
