package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.server.store.Restore;
import io.penstock.server.store.StateFolder;
import io.penstock.server.store.Store;
import io.penstock.server.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** Restores a backup into a state folder that no coordinator uses. Stateless. */
final class Restoring {
    private Restoring() {}

    /** What was done, and what is still missing, in a sentence each. */
    static String run(Path state, Path backup) throws CommandFailure {
        try (StateFolder folder = StateFolder.open(state)) {
            Path former = Restore.run(folder, backup, Instant.now());
            String done = backup + " is the database of " + state + " from now on";
            if (Files.exists(former)) {
                done += "\nthe former one is kept as " + former;
            }
            Path key = folder.resolve(Store.SEALING_KEY_FILE);
            return Files.exists(key)
                    ? done
                    : done + "\nbefore the start copy the sealing key of that coordinator to " + key + " (mode 600)";
        } catch (StoreException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
    }
}
