package io.penstock.node.host;

import io.penstock.node.host.Comparison.Outcome;
import io.penstock.node.route.Networks;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The host of a node: made to look as settings say, and put back. It works in the network namespace of the thread that opens it, and
 * belongs to that thread, which waits for the kernel and for nft.
 *
 * <p>Everything that is changed is in a journal in the state folder before it is changed, so that {@link #undo} works in another
 * process after this one was killed. What somebody else has changed since is left alone.
 */
public final class Host implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Host.class.getName());

    private final HostAccess access;
    private final JournalFile file;
    private Journal journal;
    private List<String> lastNotes = List.of();

    Host(HostAccess access, Path stateFolder) throws IOException {
        this.access = access;
        file = new JournalFile(stateFolder, access.lifetime());
        journal = file.read();
    }

    /**
     * Opens the host of the calling thread's network namespace.
     *
     * @param stateFolder has to be there, for nobody else
     * @throws IOException if the journal cannot be read, or the kernel cannot be asked
     */
    public static Host open(Path stateFolder) throws IOException {
        HostAccess access = new LinuxHost();
        try {
            return new Host(access, stateFolder);
        } catch (IOException | RuntimeException e) {
            access.close();
            throw e;
        }
    }

    /**
     * What {@link #apply} would do; changes nothing. Where the tunnel's interface is not there yet, as if it were.
     *
     * @throws IOException if the host cannot be read, or lacks what is needed, with the cure
     */
    public HostPlan plan(HostSettings settings) throws IOException {
        return Comparison.plan(settings, access.view(), journal).plan();
    }

    /**
     * Makes the host look as the settings say, by the changes that are needed and no others. The tunnel's interface has to be there.
     * If a change is refused, those before it stay and are known to {@link #undo}, and another {@code apply} goes on from there.
     *
     * @return what was done
     * @throws IOException the change that was refused, with the kernel's reason
     */
    public HostPlan apply(HostSettings settings) throws IOException {
        return carryOut(Comparison.apply(settings, access.view(), journal));
    }

    /**
     * Puts everything back as it was before the first {@link #apply}, also of an earlier process. The interface need not be there any
     * more. Done twice it does nothing. What the kernel refuses stays in the journal, for the next {@code undo}, and all the rest is put
     * back nevertheless.
     *
     * @return what was done; its notes say what was left because somebody else has changed it
     * @throws IOException after everything else was put back: all that was refused, with the kernel's reasons
     */
    public HostPlan undo() throws IOException {
        Outcome outcome = Comparison.undo(access.view(), journal);
        tell(outcome.plan().notes());
        Map<HostItem, String> left = new LinkedHashMap<>(outcome.unread());
        for (HostChange change : outcome.plan().changes()) {
            LOG.log(Level.DEBUG, "{0}", change.line());
            try {
                access.make(change);
            } catch (IOException e) {
                left.put(change.item(), String.valueOf(e.getMessage()));
            }
        }
        Journal next = journal.copy();
        for (HostItem item : journal.items()) {
            if (!left.containsKey(item)) {
                next.forget(item);
            }
        }
        remember(next);
        if (!left.isEmpty()) {
            List<String> reasons = left.entrySet().stream()
                    .map(entry -> entry.getKey().text() + " (" + entry.getValue() + ")")
                    .toList();
            throw new IOException("not put back as before: " + String.join(", ", reasons));
        }
        return outcome.plan();
    }

    /** Whether there is something to put back. */
    public boolean isChanged() {
        return !journal.isEmpty();
    }

    /** What the host is connected to, networks of our own interface left out. */
    public Networks networks(String interfaceName) throws IOException {
        return access.view().networks(interfaceName);
    }

    private HostPlan carryOut(Outcome outcome) throws IOException {
        tell(outcome.plan().notes());
        if (!outcome.plan().changes().isEmpty()) {
            remember(outcome.intent());
            for (HostChange change : outcome.plan().putBack()) {
                LOG.log(
                        Level.WARNING,
                        "somebody has changed what is ours, it is put back: {0}",
                        change.item().text());
            }
            for (HostChange change : outcome.plan().changes()) {
                LOG.log(Level.DEBUG, "{0}", change.line());
                access.make(change);
            }
        }
        remember(outcome.result());
        return outcome.plan();
    }

    private void tell(List<String> notes) {
        if (!notes.equals(lastNotes)) { // a host is compared after each change of its routes
            notes.forEach(note -> LOG.log(Level.INFO, note));
            lastNotes = notes;
        }
    }

    private void remember(Journal next) throws IOException {
        if (!next.text().equals(journal.text())) {
            file.write(next);
        }
        journal = next;
    }

    @Override
    public void close() {
        access.close();
    }
}
