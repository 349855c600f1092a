package io.penstock.node.host;

import java.util.ArrayList;
import java.util.List;

/**
 * What has to be done so that a host looks as wanted, or as before. Immutable; {@link Host} makes it and carries it out.
 *
 * @param changes in the order in which they are made: first what is new, then what goes, so that what stays is not touched
 * @param putBack those of them that were made before, and undone by somebody else
 * @param notes sentences about what cannot be done, or what stands in the way
 */
public record HostPlan(List<HostChange> changes, List<HostChange> putBack, List<String> notes) {
    static final int MAIN_TABLE = 254;

    public HostPlan {
        changes = List.copyOf(changes);
        putBack = List.copyOf(putBack);
        notes = List.copyOf(notes);
    }

    /** What {@code --dry-run} prints: notes behind a "#", then each change as an operator would type it. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        notes.forEach(note -> lines.add("# " + note));
        changes.forEach(change -> lines.add(change.line()));
        return lines;
    }
}
