package io.penstock.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.penstock.protocol.key.PrivateKey;
import io.penstock.relay.edge.RelayIdentity;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A relay's key in a file, {@code {"PrivateKey":"privkey:…"}} as other relays keep theirs, so that clients know the relay again
 * after a restart. Stateless.
 */
public final class RelayKeyFile {
    private static final Pattern FORM =
            Pattern.compile("\\s*\\{\\s*\"PrivateKey\"\\s*:\\s*\"(privkey:[0-9a-f]{64})\"\\s*}\\s*");
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_ONLY_FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final int MAX_BYTES = 4096;

    private RelayKeyFile() {}

    /**
     * The key in this file; a new one that is left there, for its owner alone, if there is no such file.
     *
     * @param file its folder is made if it is missing, for its owner alone
     * @throws IOException if it cannot be read or written, has something else, or others could read it; the message has the
     *     remedy and nothing of the key
     */
    public static RelayIdentity open(Path file, Entropy entropy) throws IOException {
        PrivateKey key;
        if (Files.exists(file)) {
            key = read(file);
        } else {
            key = PrivateKey.generate(entropy);
            write(file, key);
        }
        return new RelayIdentity(key); // which keeps it
    }

    private static PrivateKey read(Path file) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        if (!OWNER_ONLY.containsAll(permissions)) {
            throw new IOException(file + " is open to other users (" + PosixFilePermissions.toString(permissions)
                    + "), and it holds a secret. Close it with: chmod 600 " + file);
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException(file + " is no key of a relay: it has more than " + MAX_BYTES + " bytes");
        }
        byte[] bytes = Files.readAllBytes(file);
        CharBuffer text = US_ASCII.decode(ByteBuffer.wrap(bytes));
        try {
            Matcher matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                throw new IOException(
                        file + " is no key of a relay: it has to be {\"PrivateKey\":\"privkey:\"} with 64 lower-case"
                                + " hexadecimal digits behind the colon. Without the file a new key is made");
            }
            return PrivateKey.parse(text.subSequence(matcher.start(1), matcher.end(1)));
        } finally {
            Arrays.fill(bytes, (byte) 0);
            Arrays.fill(text.array(), '\0');
        }
    }

    private static void write(Path file, PrivateKey key) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && Files.notExists(folder)) {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY_FOLDER));
        }
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(draft);
        byte[] text = key.toText();
        try (FileChannel channel =
                FileChannel.open(draft, Set.of(CREATE_NEW, WRITE), PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
            writeAll(channel, "{\"PrivateKey\":\"".getBytes(US_ASCII));
            writeAll(channel, text);
            writeAll(channel, "\"}\n".getBytes(US_ASCII));
            channel.force(true);
        } finally {
            Arrays.fill(text, (byte) 0);
        }
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void writeAll(FileChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
