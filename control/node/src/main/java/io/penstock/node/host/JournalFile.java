package io.penstock.node.host;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;

/**
 * The journal on the disk: a line that names the format, one that says for how long it holds, then the entries. Written whole,
 * forced to the disk and renamed, so it is there before a change or not at all. One thread.
 */
final class JournalFile {
    private static final Logger LOG = System.getLogger(JournalFile.class.getName());

    private static final String FORMAT = "penstock host journal 1";
    private static final String NAME = "host.journal";
    private static final String UNREADABLE = ".unreadable";
    private static final int HEADER_LINES = 2;

    private final Path folder;
    private final Path file;
    private final String lifetime;

    /**
     * Names the file; nothing is read or made.
     *
     * @param lifetime a journal with another one is void: what it knows went with a reboot, or is in another network namespace
     */
    JournalFile(Path folder, String lifetime) {
        this.folder = folder;
        this.file = folder.resolve(NAME);
        this.lifetime = lifetime;
    }

    /**
     * Reads what is there. A void journal is an empty one. So is one that cannot be understood: it is put aside, for a node that does
     * not start is worse than a setting that stays.
     */
    Journal read() throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return new Journal();
        } catch (CharacterCodingException e) {
            return putAside("it is not text in UTF-8");
        }
        try {
            if (lines.size() < HEADER_LINES || !lines.getFirst().equals(FORMAT)) {
                throw new IllegalArgumentException("it does not begin with \"" + FORMAT + '"');
            }
            if (!lines.get(1).equals(lifetime)) {
                LOG.log(
                        Level.INFO,
                        "{0} is of before a reboot or of another network namespace: nothing of it is left to undo",
                        file);
                return new Journal();
            }
            return Journal.parse(lines.subList(HEADER_LINES, lines.size()));
        } catch (IllegalArgumentException e) {
            return putAside(String.valueOf(e.getMessage()));
        }
    }

    private Journal putAside(String why) throws IOException {
        Path aside = folder.resolve(NAME + UNREADABLE);
        Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        LOG.log(
                Level.WARNING,
                "{0} cannot be read and is put aside as {1}; what it knew of the host will not be put back: {2}",
                file,
                aside,
                why);
        return new Journal();
    }

    /** Replaces the file; an empty journal has none. On the disk when this returns. */
    void write(Journal journal) throws IOException {
        if (journal.isEmpty()) {
            if (Files.deleteIfExists(file)) {
                force(folder);
            }
            return;
        }
        Path draft = folder.resolve(NAME + ".new");
        Files.deleteIfExists(draft);
        byte[] text = (FORMAT + '\n' + lifetime + '\n' + journal.text()).getBytes(StandardCharsets.UTF_8);
        try (FileChannel channel = FileChannel.open(
                draft,
                EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer buffer = ByteBuffer.wrap(text);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force(folder);
    }

    private static void force(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
