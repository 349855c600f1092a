package io.penstock.server.web;

import io.penstock.server.admin.Outcome;
import io.penstock.server.http.PageResponse;

/** What people are told when something is not done. Stateless. */
final class Refusals {
    private Refusals() {}

    /** The status and the sentence of what is not done. */
    record Fault(int status, String text) {}

    /** @throws IllegalArgumentException for what is done */
    static Fault of(Outcome<?> outcome) {
        return switch (outcome) {
            case Outcome.Done<?> done -> throw new IllegalArgumentException("it is done");
            case Outcome.Unauthenticated<?> nobody -> new Fault(403, "You are not signed in any more.");
            case Outcome.Denied<?> denied -> new Fault(403, "Not yours to do: " + denied.reason() + ".");
            case Outcome.NotFound<?> missing -> new Fault(404, "There is no " + missing.what() + ".");
            case Outcome.Invalid<?> invalid -> new Fault(422, sentence(invalid.message()));
            case Outcome.Conflict<?> conflict -> new Fault(409, sentence(conflict.message()));
        };
    }

    static String sentence(String text) {
        return text.isEmpty() ? "" : Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
    }

    /** A page of what is not done. */
    static PageResponse page(Layout layout, Visit visit, Outcome<?> outcome) {
        if (outcome instanceof Outcome.Unauthenticated<?>) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        Fault fault = of(outcome);
        return layout.page(visit, fault.status, "That is not done", Layout.alert(fault.text));
    }
}
