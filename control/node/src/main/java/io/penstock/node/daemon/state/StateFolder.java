package io.penstock.node.daemon.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one node, which no other process uses meanwhile. Nobody but its owner may look into it. A file is replaced as a
 * whole, and is on the disk when that returns. One thread.
 */
public final class StateFolder implements AutoCloseable {
    public static final Path DEFAULT = Path.of("/var/lib/penstock/node");

    private static final String LOCK = "lock";
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path folder;
    private final FileChannel lock;

    private StateFolder(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /**
     * Opens the folder, and makes it if it is not there.
     *
     * @throws IOException with the cure, if others may look into it, it is another user's, or another process has it
     */
    public static StateFolder open(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Path parent = folder.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(
                        parent, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            }
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(folder)) {
            throw new IOException(folder + " is no folder: give another one by --state");
        }
        check(folder, "700");
        FileChannel lock = FileChannel.open(
                folder.resolve(LOCK),
                EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        try {
            FileLock held = lock.tryLock();
            if (held == null) {
                throw new IOException("another daemon uses " + folder
                        + ": stop it with `sudo systemctl stop penstockd`, or give this one a folder by --state");
            }
        } catch (IOException e) {
            lock.close();
            throw e;
        } catch (OverlappingFileLockException e) {
            lock.close();
            throw new IOException("another node of this process uses " + folder, e);
        }
        return new StateFolder(folder, lock);
    }

    private static void check(Path path, String mode) throws IOException {
        PosixFileAttributes attributes =
                Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (attributes.isSymbolicLink()) {
            throw new IOException(path + " is a link: keys are not kept behind one; use the place that it leads to");
        }
        boolean isOpen = attributes.permissions().stream()
                .anyMatch(permission -> !permission.name().startsWith("OWNER_"));
        if (isOpen) {
            throw new IOException("others may look into " + path + " ("
                    + PosixFilePermissions.toString(attributes.permissions()) + "), where keys are: run `chmod " + mode
                    + ' ' + path + "`");
        }
    }

    public Path path() {
        return folder;
    }

    /**
     * A file's bytes.
     *
     * @return null if there is no such file
     * @throws IOException also if others may read it, or it is longer
     */
    public byte @Nullable [] read(String name, int maxBytes) throws IOException {
        Path file = folder.resolve(name);
        try {
            check(file, "600");
            long size = Files.size(file);
            if (size > maxBytes) {
                throw new IOException(
                        file + " has " + size + " bytes, more than the " + maxBytes + " that it may have");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Replaces a file; it is the old one or the new one, whenever the machine loses its power. */
    public void write(String name, byte[] bytes) throws IOException {
        Path draft = folder.resolve(name + ".new");
        Files.deleteIfExists(draft);
        try (FileChannel channel = FileChannel.open(
                draft,
                EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        Files.move(draft, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force();
    }

    /** Renames a file over another one. */
    public void move(String from, String to) throws IOException {
        Files.move(
                folder.resolve(from),
                folder.resolve(to),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        force();
    }

    /** Removes a file, if it is there. */
    public void delete(String name) throws IOException {
        if (Files.deleteIfExists(folder.resolve(name))) {
            force();
        }
    }

    private void force() throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Lets another process have it. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
