package io.penstock.server.admin;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What came of an operation. Only {@link Done} has changed anything.
 *
 * @param <T> what a done operation gives
 */
public sealed interface Outcome<T> {
    record Done<T>(T value) implements Outcome<T> {}

    /** The caller is nobody that is known. */
    record Unauthenticated<T>() implements Outcome<T> {}

    /** The caller is known and may not. */
    record Denied<T>(String reason) implements Outcome<T> {}

    /** There is no such thing, or it is in another domain, which is the same to the caller. */
    record NotFound<T>(String what) implements Outcome<T> {}

    /** What was asked makes no sense. */
    record Invalid<T>(String message) implements Outcome<T> {}

    /** It makes sense, but not in the present state. */
    record Conflict<T>(String message) implements Outcome<T> {}

    /** The same outcome, once the value of a done one is there. */
    static <T> CompletableFuture<Outcome<T>> whenThere(Outcome<CompletableFuture<T>> outcome) {
        return outcome instanceof Done<CompletableFuture<T>>(CompletableFuture<T> value)
                ? value.thenApply(Done::new)
                : CompletableFuture.completedFuture(outcome.map(CompletableFuture::join)); // of nothing that is done
    }

    /** The same outcome with another value. */
    default <R> Outcome<R> map(Function<T, R> function) {
        return switch (this) {
            case Done<T> done -> new Done<>(function.apply(done.value()));
            case Unauthenticated<T> nobody -> new Unauthenticated<>();
            case Denied<T> denied -> new Denied<>(denied.reason());
            case NotFound<T> missing -> new NotFound<>(missing.what());
            case Invalid<T> invalid -> new Invalid<>(invalid.message());
            case Conflict<T> conflict -> new Conflict<>(conflict.message());
        };
    }
}
