package io.penstock.server.registry;

import io.penstock.server.model.JoinRequest;

/** How it stands with the device behind a link. */
public sealed interface Standing {
    /** It waits for somebody to decide. */
    record Open(JoinRequest request) implements Standing {}

    record LetIn() implements Standing {}

    record TurnedAway() implements Standing {}

    /** Nobody decided in time. */
    record Expired() implements Standing {}

    /** There is no such link, or it was forgotten, or the device has asked anew. */
    record Unknown() implements Standing {}
}
