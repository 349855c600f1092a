package io.penstock.server.store;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * The folder that holds everything a coordinator must not lose or show: 0700, its files 0600, one process at a time. Owned by the
 * process that opened it until {@link #close}.
 */
public final class StateFolder implements AutoCloseable {
    static final Set<PosixFilePermission> OWNER_ONLY_FILE = PosixFilePermissions.fromString("rw-------");

    private static final Set<PosixFilePermission> OWNER_ONLY_FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> OTHERS = PosixFilePermissions.fromString("---rwxrwx");
    private static final String LOCK_FILE = "lock";

    private final Path path;
    private final FileChannel lockFile;

    private StateFolder(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /**
     * Makes the folder if it is missing, checks who may read it, and keeps other processes out.
     *
     * @throws StoreException if somebody else could read the folder or a file in it, or another process has it; the message has
     *     the command that puts it right
     */
    public static StateFolder open(Path path) {
        Path folder = path.toAbsolutePath().normalize();
        try {
            if (Files.notExists(folder)) {
                Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY_FOLDER));
            }
            if (!Files.isDirectory(folder)) {
                throw new StoreException(folder + " is not a folder");
            }
            refuseIfOpenToOthers(folder, "chmod 700 ");
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                        refuseIfOpenToOthers(file, "chmod 600 ");
                    }
                }
            }
            return new StateFolder(folder, lock(folder));
        } catch (IOException e) {
            throw new StoreException("cannot use the state folder " + folder + ": " + e.getMessage(), e);
        }
    }

    private static void refuseIfOpenToOthers(Path path, String remedy) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
        EnumSet<PosixFilePermission> tooMuch = EnumSet.copyOf(OTHERS);
        tooMuch.retainAll(permissions);
        if (!tooMuch.isEmpty()) {
            throw new StoreException(path + " is open to other users (" + PosixFilePermissions.toString(permissions)
                    + "), and it holds secrets. Close it with: " + remedy + path);
        }
    }

    private static FileChannel lock(Path folder) throws IOException {
        Path file = folder.resolve(LOCK_FILE);
        FileChannel channel = openOwnerOnly(file);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new StoreException(folder + " is in use by this process already", e);
        }
        channel.close();
        throw new StoreException(folder + " is in use by another coordinator");
    }

    private static FileChannel openOwnerOnly(Path file) throws IOException {
        createOwnerOnly(file);
        return FileChannel.open(file, WRITE);
    }

    /** Makes an empty file that only its owner may read, unless it is there. */
    static void createOwnerOnly(Path file) throws IOException {
        if (Files.notExists(file)) {
            FileChannel.open(file, Set.of(WRITE, CREATE_NEW), PosixFilePermissions.asFileAttribute(OWNER_ONLY_FILE))
                    .close();
        }
    }

    /** Where a file of this name lies, whether or not it exists. */
    public Path resolve(String name) {
        return path.resolve(name);
    }

    public Path path() {
        return path;
    }

    /** A folder of this name in it, for the owner alone; made if it is missing. */
    Path makeFolder(String name) {
        Path folder = path.resolve(name);
        try {
            if (Files.notExists(folder)) {
                Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY_FOLDER));
            }
            return folder;
        } catch (IOException e) {
            throw new StoreException("cannot make " + folder + ": " + e.getMessage(), e);
        }
    }

    /**
     * Writes a whole file such that after a crash at any instant it is there either complete or not at all.
     *
     * @throws StoreException if the disk refuses
     */
    public void writeAtomically(String name, byte[] content) {
        Path target = path.resolve(name);
        Path draft = path.resolve(name + ".new");
        try {
            Files.deleteIfExists(draft);
            createOwnerOnly(draft);
            try (FileChannel channel = FileChannel.open(draft, WRITE)) {
                ByteBuffer buffer = ByteBuffer.wrap(content);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceFolder(path);
        } catch (IOException e) {
            throw new StoreException("cannot write " + target + ": " + e.getMessage(), e);
        }
    }

    /** Makes the names in a folder survive a power cut. */
    static void forceFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder)) {
            channel.force(true);
        }
    }

    /** Lets the next process in. */
    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new StoreException("cannot release the state folder " + path + ": " + e.getMessage(), e);
        }
    }
}
