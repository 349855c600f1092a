package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Moves a backup to where it was wanted, which may be another file system. Stateless. */
final class BackupFile {
    private BackupFile() {}

    /**
     * Copies to a draft that its owner alone may read, gives that the name when it is complete and on the disk, and removes the
     * source.
     *
     * @throws CommandFailure if that fails; the source is there then, and named
     */
    static void move(Path source, Path target) throws CommandFailure {
        Path draft = target.resolveSibling(target.getFileName() + ".part");
        try {
            copy(source, draft);
            try {
                Files.createLink(target, draft); // unlike a rename it never takes the place of a file
            } finally {
                Files.delete(draft);
            }
            try (FileChannel folder = FileChannel.open(target.getParent())) {
                folder.force(true);
            }
            Files.delete(source);
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailure(e.getFile() + " exists; the backup is in " + source);
        } catch (IOException e) {
            throw new CommandFailure("cannot write " + target + ": " + e + "; the backup is in " + source);
        }
    }

    private static void copy(Path source, Path draft) throws IOException {
        try (FileChannel in = FileChannel.open(source);
                FileChannel out = FileChannel.open(
                        draft,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            long length = in.size();
            for (long done = 0; done < length; ) {
                done += in.transferTo(done, length - done, out);
            }
            out.force(true);
        }
    }
}
