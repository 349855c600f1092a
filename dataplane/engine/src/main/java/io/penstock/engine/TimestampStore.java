package io.penstock.engine;

import io.penstock.wireguard.PublicKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Locale;

/**
 * Remembers, per own public key, up to which time handshake timestamps may have been used, so that a host whose clock
 * was set back can still shake hands after a restart. One small file per key, replaced by rename and synced.
 */
public final class TimestampStore {
    private final Path directory;

    public TimestampStore(Path directory) {
        this.directory = directory;
    }

    /** Where the files lie within an interface's state directory. */
    public static Path directoryIn(Path stateDirectory) {
        return stateDirectory.resolve("timestamps");
    }

    /** Unix seconds that stamps must exceed; 0 when nothing is known of {@code key}. */
    public long read(PublicKey key) throws IOException {
        try {
            String text = Files.readString(file(key), StandardCharsets.US_ASCII).strip();
            return Long.parseLong(text);
        } catch (NoSuchFileException e) {
            return 0;
        } catch (NumberFormatException e) {
            throw new IOException("not a number of seconds: " + file(key), e);
        }
    }

    /** Stores durably that stamps up to {@code unixSeconds} may have been used. */
    public void write(PublicKey key, long unixSeconds) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path file = file(key);
        Path next = file.resolveSibling(file.getFileName() + ".new");
        byte[] text = String.format(Locale.ROOT, "%d%n", unixSeconds).getBytes(StandardCharsets.US_ASCII);
        try (FileChannel channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Path file(PublicKey key) {
        String name = Base64.getUrlEncoder().withoutPadding().encodeToString(key.toBytes());
        return directory.resolve(name);
    }
}
