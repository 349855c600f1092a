package io.penstock.node.api;

import io.penstock.protocol.message.DerpMap;
import org.jspecify.annotations.Nullable;

/**
 * The relays that the coordinator has named.
 *
 * @param map as the protocol has it; null before there is a map of the network, or where it names none
 * @param home region of the home relay, 0 for none
 */
@Message
public record RelaysResult(@Nullable DerpMap map, int home) {}
