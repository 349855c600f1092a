package io.penstock.engine;

import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.noise.Tai64n;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Remembers, per own public key, up to which time handshake timestamps may have been used, so that a host whose clock
 * was set back can still shake hands after a restart. One small file per key, {@code seconds.nanoseconds} since the Unix
 * epoch, replaced by rename and synced. Owned by the control agent; other processes may use the same directory, even
 * with the same key: none lowers what another has stored.
 */
public final class TimestampStore {
    /** A note that was not written for so long is of an identity that is gone, and behind any clock by now. */
    static final Duration KEPT = Duration.ofDays(365);

    private static final Tai64n NOTHING = Tai64n.ofUnix(0, 0);
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,12})(?:\\.([0-9]{9}))?");

    private final Path directory;
    private @Nullable PublicKey reservedKey;
    private Tai64n reserved = NOTHING;

    public TimestampStore(Path directory) {
        this.directory = directory;
    }

    /** Where the files lie within an interface's state directory. */
    public static Path directoryIn(Path stateDirectory) {
        return stateDirectory.resolve("timestamps");
    }

    /**
     * The first stamp that may be used; that of the epoch when nothing is known of {@code key}.
     *
     * @throws IOException also if the file holds something else; the next reservation replaces it
     */
    public Tai64n read(PublicKey key) throws IOException {
        Tai64n stored = parse(text(key));
        if (stored == null) {
            throw new IOException("not a time: " + file(key));
        }
        return stored;
    }

    /** Stores durably that stamps before {@code end} may have been used, unless a later one is stored. */
    public void reserve(PublicKey key, Tai64n end) throws IOException {
        Tai64n stored = parse(text(key));
        if (stored == null || end.isAfter(stored)) {
            write(key, end);
        }
        reservedKey = key;
        reserved = end;
    }

    /**
     * Gives back what is left of this object's last reservation for {@code key}.
     *
     * @param unused the first stamp that nobody has seen; not before what {@link #read} returned
     */
    public void settle(PublicKey key, Tai64n unused) throws IOException {
        if (key.equals(reservedKey) && reserved.isAfter(unused) && reserved.equals(parse(text(key)))) {
            write(key, unused);
        }
        reservedKey = null;
    }

    /** Removes notes that were not written within {@link #KEPT}, and what interrupted writes have left. */
    public void prune(Instant now) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        Instant oldest = now.minus(KEPT);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (lastWritten(file).isBefore(oldest)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static Instant lastWritten(Path file) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toInstant();
        } catch (NoSuchFileException e) {
            return Instant.MAX; // another process has renamed or removed it
        }
    }

    private String text(PublicKey key) throws IOException {
        try {
            return new String(Files.readAllBytes(file(key)), StandardCharsets.ISO_8859_1).strip();
        } catch (NoSuchFileException e) {
            return "0";
        }
    }

    private static @Nullable Tai64n parse(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        String nanos = parts.group(2);
        return Tai64n.ofUnix(Long.parseLong(parts.group(1)), nanos == null ? 0 : Integer.parseInt(nanos));
    }

    private void write(PublicKey key, Tai64n stamp) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path file = file(key);
        Path next = file.resolveSibling(file.getFileName() + ".new");
        byte[] text = String.format(Locale.ROOT, "%d.%09d%n", stamp.unixSeconds(), stamp.nanos())
                .getBytes(StandardCharsets.US_ASCII);
        try (FileChannel channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true); // or the rename may be lost with the power
        }
    }

    private Path file(PublicKey key) {
        String name = Base64.getUrlEncoder().withoutPadding().encodeToString(key.toBytes());
        return directory.resolve(name);
    }
}
