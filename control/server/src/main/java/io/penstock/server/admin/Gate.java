package io.penstock.server.admin;

import io.penstock.server.admin.Permission.Reach;
import io.penstock.server.model.Domain;
import io.penstock.server.store.Store;
import io.penstock.server.store.Transaction;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one place that decides who may do what. Deny by default; the caller's authority is read once, in the transaction of the
 * deed. A deed that is not done leaves nothing behind but its line in the audit log: each write that is allowed and each
 * denial has one. Callers who are nobody are counted, not logged, so that they cannot fill the disk. Thread-safe.
 */
final class Gate {
    private final Store store;
    private final LongAdder unauthenticated = new LongAdder();

    Gate(Store store) {
        this.store = store;
    }

    /** An operation that may go ahead: on what, for whom and how far. Good within its transaction. */
    record Allowed(Transaction tx, Authority authority, Domain domain, Reach reach) {
        /** What keeps them from letting devices in, or making what does; empty for nothing. */
        Optional<String> factorFault() {
            return authority.lacksFactor()
                    ? Optional.of("a second factor is needed for that: sign in with one")
                    : Optional.empty();
        }

        /** Whether something that belongs to this user, or to nobody if null, is within reach. */
        boolean covers(@Nullable Long ownerId) {
            return reach == Reach.ALL || (ownerId != null && authority.is(ownerId));
        }
    }

    /** An operation on the coordinator itself that may go ahead. Good within its transaction. */
    record AllowedOperator(Transaction tx, Authority authority) {}

    /** What an operation is called in the audit log. */
    record Deed(String action, String target) {}

    private static final class UndoneException extends RuntimeException {
        private static final long serialVersionUID = 1;

        final transient Outcome<?> outcome;
        final transient Note note;

        UndoneException(Outcome<?> outcome, Note note) {
            super(null, null, false, false);
            this.outcome = outcome;
            this.note = note;
        }
    }

    private record Note(@Nullable Long domainId, String actor, boolean allowed, String detail) {}

    /** Runs a change of a domain. */
    <T> Outcome<T> write(
            Caller caller, Permission permission, String domainName, Deed deed, Function<Allowed, Outcome<T>> work) {
        if (isNobody(caller)) {
            return new Outcome.Unauthenticated<>();
        }
        return commit(deed, tx -> inDomain(tx, caller, permission, domainName, work));
    }

    /** Runs a change of the coordinator. */
    <T> Outcome<T> writeAsOperator(
            Caller caller, Permission permission, Deed deed, Function<AllowedOperator, Outcome<T>> work) {
        if (isNobody(caller)) {
            return new Outcome.Unauthenticated<>();
        }
        return commit(deed, tx -> asOperator(tx, caller, permission, work));
    }

    /** Turned away before they wait for the only writer. Whoever passes is judged again in the transaction. */
    private boolean isNobody(Caller caller) {
        boolean isNobody = caller instanceof Caller.Anonymous
                || store.read(tx -> Authority.read(tx, caller).isEmpty());
        if (isNobody) {
            unauthenticated.increment();
        }
        return isNobody;
    }

    /** Runs something that changes nothing; only its denial is logged. */
    <T> Outcome<T> read(
            Caller caller, Permission permission, String domainName, Deed deed, Function<Allowed, Outcome<T>> work) {
        return look(deed, tx -> inDomain(tx, caller, permission, domainName, work));
    }

    /** Runs something over the coordinator that changes nothing; only its denial is logged. */
    <T> Outcome<T> readAsOperator(
            Caller caller, Permission permission, Deed deed, Function<AllowedOperator, Outcome<T>> work) {
        return look(deed, tx -> asOperator(tx, caller, permission, work));
    }

    private record Judged<T>(Outcome<T> outcome, Note note) {}

    private static <T> Judged<T> inDomain(
            Transaction tx,
            Caller caller,
            Permission permission,
            String domainName,
            Function<Allowed, Outcome<T>> work) {
        Optional<Authority> read = Authority.read(tx, caller);
        if (read.isEmpty()) {
            return new Judged<>(new Outcome.Unauthenticated<>(), new Note(null, "", false, ""));
        }
        Authority authority = read.get();
        Optional<Domain> domain = tx.domains().find(domainName).filter(authority::isIn);
        if (domain.isEmpty()) {
            Long own = authority.user() == null ? null : authority.user().domainId();
            return new Judged<>(
                    new Outcome.NotFound<>("domain " + domainName),
                    new Note(own, authority.actor(), false, "no domain of theirs: " + domainName));
        }
        long domainId = domain.get().id();
        Reach reach = authority.reach(permission);
        if (reach == Reach.NONE) {
            return new Judged<>(denied(permission), new Note(domainId, authority.actor(), false, permission.scope()));
        }
        Outcome<T> outcome = attempt(() -> work.apply(new Allowed(tx, authority, domain.get(), reach)));
        boolean isAllowed = !(outcome instanceof Outcome.Denied<T>);
        return new Judged<>(outcome, new Note(domainId, authority.actor(), isAllowed, describe(outcome)));
    }

    private static <T> Judged<T> asOperator(
            Transaction tx, Caller caller, Permission permission, Function<AllowedOperator, Outcome<T>> work) {
        Optional<Authority> read = Authority.read(tx, caller);
        if (read.isEmpty()) {
            return new Judged<>(new Outcome.Unauthenticated<>(), new Note(null, "", false, ""));
        }
        Authority authority = read.get();
        if (!permission.isOfOperators() || authority.reach(permission) == Reach.NONE) {
            return new Judged<>(denied(permission), new Note(null, authority.actor(), false, permission.scope()));
        }
        Outcome<T> outcome = attempt(() -> work.apply(new AllowedOperator(tx, authority)));
        return new Judged<>(outcome, new Note(null, authority.actor(), true, describe(outcome)));
    }

    private static <T> Outcome<T> denied(Permission permission) {
        return new Outcome.Denied<>("needs " + permission.scope());
    }

    /** The values of the model refuse what makes no sense when they are made. */
    private static <T> Outcome<T> attempt(Supplier<Outcome<T>> work) {
        try {
            return work.get();
        } catch (IllegalArgumentException e) {
            return new Outcome.Invalid<>(String.valueOf(e.getMessage()));
        }
    }

    private static String describe(Outcome<?> outcome) {
        return switch (outcome) {
            case Outcome.Done<?> done -> "";
            case Outcome.Unauthenticated<?> nobody -> "";
            case Outcome.Denied<?> denied -> denied.reason();
            case Outcome.NotFound<?> missing -> "not found: " + missing.what();
            case Outcome.Invalid<?> invalid -> "invalid: " + invalid.message();
            case Outcome.Conflict<?> conflict -> "conflict: " + conflict.message();
        };
    }

    private <T> Outcome<T> commit(Deed deed, Function<Transaction, Judged<T>> judge) {
        try {
            return store.write(tx -> {
                Judged<T> judged = judge.apply(tx);
                if (!(judged.outcome instanceof Outcome.Done<T>)) {
                    throw new UndoneException(judged.outcome, judged.note);
                }
                audit(tx, deed, judged.note);
                return judged.outcome;
            });
        } catch (UndoneException e) {
            log(deed, e.outcome, e.note);
            @SuppressWarnings("unchecked") // the one that this judge made
            Outcome<T> outcome = (Outcome<T>) e.outcome;
            return outcome;
        }
    }

    private <T> Outcome<T> look(Deed deed, Function<Transaction, Judged<T>> judge) {
        Judged<T> judged = store.read(judge);
        if (!judged.note.allowed) {
            log(deed, judged.outcome, judged.note);
        }
        return judged.outcome;
    }

    private void log(Deed deed, Outcome<?> outcome, Note note) {
        if (outcome instanceof Outcome.Unauthenticated<?>) {
            unauthenticated.increment();
            return;
        }
        store.write(tx -> {
            audit(tx, deed, note);
            return null;
        });
    }

    private static void audit(Transaction tx, Deed deed, Note note) {
        tx.audit().add(note.domainId, note.actor, deed.action, deed.target, note.allowed, note.detail);
    }

    /** How many calls came from nobody that is known, since the start. */
    long unauthenticatedCalls() {
        return unauthenticated.sum();
    }
}
