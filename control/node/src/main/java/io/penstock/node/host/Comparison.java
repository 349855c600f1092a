package io.penstock.node.host;

import static io.penstock.node.host.HostItem.ABSENT;

import io.penstock.node.host.HostItem.Nft;
import io.penstock.node.host.HostItem.Offload;
import io.penstock.node.host.HostItem.Route;
import io.penstock.node.host.HostItem.Rule;
import io.penstock.node.host.HostItem.Sysctl;
import io.penstock.node.host.HostView.Facts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares what is wanted with what is there and with what we have done, and says what to do. Pure but for the view; one use. */
final class Comparison {
    /**
     * What to do.
     *
     * @param intent the journal before the first change: it knows everything that may be ours from then on
     * @param result the journal after the last
     * @param unread what is ours and could not be looked at, with the reason
     */
    record Outcome(HostPlan plan, Journal intent, Journal result, Map<HostItem, String> unread) {}

    private final HostView view;
    private final Journal journal;
    private final Journal intent;
    private final Journal result;
    private final List<HostChange> changes = new ArrayList<>();
    private final List<HostChange> putBack = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Map<HostItem, String> unread = new LinkedHashMap<>();

    private Comparison(HostView view, Journal journal) {
        this.view = view;
        this.journal = journal;
        intent = journal.copy();
        result = journal.copy();
    }

    /**
     * Makes the host look as wanted.
     *
     * @throws IOException if the host cannot be read, or lacks what is needed
     */
    static Outcome apply(HostSettings settings, HostView view, Journal journal) throws IOException {
        Facts facts = view.facts(settings);
        if (!facts.hasLink()) {
            throw new IOException("there is no interface " + settings.interfaceName() + " at this host");
        }
        return compare(settings, view, facts, journal);
    }

    /**
     * The same to be shown and not to be carried out: the tunnel's interface may be to come.
     *
     * @throws IOException if the host cannot be read, or lacks what is needed
     */
    static Outcome plan(HostSettings settings, HostView view, Journal journal) throws IOException {
        Facts facts = view.facts(settings);
        HostView then = facts.hasLink() ? view : new ViewWithLink(view, settings.interfaceName());
        return compare(settings, then, facts, journal);
    }

    private static Outcome compare(HostSettings settings, HostView view, Facts facts, Journal journal)
            throws IOException {
        Wanted wanted = Wanted.of(settings, facts, journal);
        Comparison comparison = new Comparison(view, journal);
        comparison.notes.addAll(wanted.notes());
        for (Map.Entry<HostItem, String> entry : wanted.values().entrySet()) {
            HostItem item = entry.getKey();
            try {
                comparison.want(item, entry.getValue(), wanted.scriptOf(item));
            } catch (IOException e) {
                if (!wanted.isSet(item)) {
                    throw e;
                }
                comparison.leaveUnread(item, e);
            }
        }
        comparison.takeBackAll(wanted.values().keySet());
        for (HostItem item : facts.leftovers().reversed()) {
            if (!wanted.values().containsKey(item) && journal.find(item) == null) {
                comparison.changes.add(removal(item, view.read(item), ABSENT));
            }
        }
        return comparison.outcome();
    }

    /** Puts everything back that the journal knows, the newest first. */
    static Outcome undo(HostView view, Journal journal) {
        Comparison comparison = new Comparison(view, journal);
        for (HostItem item : journal.items().reversed()) {
            try {
                comparison.takeBack(item, Objects.requireNonNull(journal.find(item)));
            } catch (IOException e) {
                comparison.unread.put(item, String.valueOf(e.getMessage()));
            }
        }
        return comparison.outcome();
    }

    /** It stays in the journal as it is, for another time. */
    private void leaveUnread(HostItem item, IOException failure) {
        unread.put(item, String.valueOf(failure.getMessage()));
        notes.add("Left as it is, because it cannot be looked at: " + item.text() + " (" + failure.getMessage() + ").");
    }

    private void want(HostItem item, String value, String script) throws IOException {
        String actual = view.read(item);
        Journal.Entry known = journal.find(item);
        if (actual.equals(ABSENT) && (item instanceof Sysctl || item instanceof Offload)) {
            if (known == null) {
                noteFixed(item);
            }
            result.forget(item); // the link went, if there was something
            return;
        }
        if (item.satisfies(actual, value)) {
            if (known != null) {
                result.put(item, new Journal.Entry(known.before(), List.of(value)));
            } else if (isInOurTables(item)) {
                Journal.Entry adopted = new Journal.Entry(ABSENT, List.of(value));
                intent.put(item, adopted);
                result.put(item, adopted);
            } // else it was so without us, and stays so
            return;
        }
        Journal.Entry base = base(item, actual, known);
        List<String> ours = new ArrayList<>(base.ours());
        ours.remove(value);
        ours.add(value);
        intent.put(item, new Journal.Entry(base.before(), ours));
        result.put(item, new Journal.Entry(base.before(), List.of(value)));
        HostChange change = new HostChange(item, actual, value, script);
        changes.add(change);
        if (known != null && known.ours().equals(List.of(value))) {
            putBack.add(change);
        }
    }

    /** What was before us: as the journal has it, unless somebody has set another value since, which is then what to go back to. */
    private static Journal.Entry base(HostItem item, String actual, Journal.@Nullable Entry known) {
        if (known != null
                && (actual.equals(ABSENT)
                        || item.isOurs(actual, known.ours())
                        || item.satisfies(actual, known.before()))) {
            return known;
        }
        return new Journal.Entry(isInOurTables(item) ? ABSENT : actual, List.of());
    }

    /** This host does not have the thing, and we cannot give it one. */
    private void noteFixed(HostItem item) {
        if (item instanceof Offload(String link, String feature)) {
            notes.add(link + " does not let " + feature + " be changed.");
        } else {
            notes.add("This host has no " + item.text() + '.');
        }
    }

    /** What is ours and no longer wanted. */
    private void takeBackAll(Set<HostItem> wanted) {
        for (HostItem item : journal.items().reversed()) {
            Journal.Entry entry = journal.find(item);
            if (entry != null && !wanted.contains(item)) {
                try {
                    takeBack(item, entry);
                } catch (IOException e) {
                    leaveUnread(item, e);
                }
            }
        }
    }

    private void takeBack(HostItem item, Journal.Entry entry) throws IOException {
        String actual = view.read(item);
        result.forget(item);
        if (actual.equals(ABSENT) || item.satisfies(actual, entry.before())) {
            return; // gone with its link, taken away by somebody, or never set
        }
        if (!item.isOurs(actual, entry.ours())) {
            notes.add("Left as it is, because somebody else has set it: " + item.text() + " is " + actual + ", was "
                    + String.join(" or ", entry.ours()) + " by us and " + entry.before() + " before.");
            return;
        }
        changes.add(removal(item, actual, entry.before()));
    }

    private static HostChange removal(HostItem item, String actual, String before) {
        return new HostChange(item, actual, before, item instanceof Nft ? NftRules.DELETE : "");
    }

    private Outcome outcome() {
        return new Outcome(new HostPlan(changes, putBack, notes), intent, result, unread);
    }

    /** Nobody else has business there: what is there without an entry is of an earlier run whose journal is lost. */
    private static boolean isInOurTables(HostItem item) {
        return item instanceof Nft || item instanceof Route || item instanceof Rule;
    }
}
