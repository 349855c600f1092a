package io.penstock.server.registry;

import io.penstock.server.model.Node;
import io.penstock.server.model.Refusal;

/** What came of somebody confirming a device. */
public sealed interface Confirmation {
    /** The device is in; it learns so from its own waiting request. */
    record Joined(Node node) implements Confirmation {}

    /** The device was turned away. */
    record Denied() implements Confirmation {}

    /** The link is unknown, was used or has expired. */
    record Gone() implements Confirmation {}

    record Refused(Refusal refusal, String detail) implements Confirmation {}
}
