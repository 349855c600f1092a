package io.penstock.lab.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a demo has made or was about to make, one entry a line, in a file that outlives it. An entry is written before its thing
 * is made, so the file never names too little. Thread-safe: making and removing exclude each other.
 *
 * <pre>
 *   owner PID START        the demo itself
 *   namespace NAME
 *   interface NAME         and its control socket
 *   process PID START
 *   key NAME               under which the interface program remembers the last handshake time of a public key
 *   log NAME               a file beside the journal
 *   folder NAME            a folder beside the journal, with all that is in it
 *   kept                   outlives its owner on purpose
 * </pre>
 */
final class Journal {
    /** Kinds of entries; the words in the file are their names in lower case. */
    enum Kind {
        OWNER,
        NAMESPACE,
        INTERFACE,
        PROCESS,
        KEY,
        LOG,
        FOLDER,
        KEPT
    }

    /** One line. */
    record Entry(Kind kind, String value) {}

    /** Something that can fail while it is made. */
    interface Maker {
        void make() throws Exception;
    }

    private static final String PREFIX = "demo-";
    private static final String SUFFIX = ".journal";

    /** Between opening the file and the first line; a machine under load may take its time. */
    private static final Duration STARTING = Duration.ofSeconds(10);

    private final Path directory;
    private final String id;
    private final Path file;
    private final List<Entry> entries = new ArrayList<>();
    private boolean sealed;

    private Journal(Path directory, String id) {
        this.directory = directory;
        this.id = id;
        this.file = directory.resolve(PREFIX + id + SUFFIX);
    }

    /** Starts the journal of a new demo; fails if the id is taken. */
    static Journal create(Path directory, String id, ProcessIdentity owner) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Journal journal = new Journal(directory, id);
        Set<StandardOpenOption> fresh = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(
                journal.file,
                fresh,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            journal.append(channel, new Entry(Kind.OWNER, owner.pid() + " " + owner.startTicks()));
        }
        return journal;
    }

    /** All journals in a directory, those of running demos too. */
    static List<Journal> readAll(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<Journal> journals = new ArrayList<>();
        try (var files = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                try {
                    journals.add(read(directory, name.substring(PREFIX.length(), name.length() - SUFFIX.length())));
                } catch (NoSuchFileException e) {
                    // its demo has ended since the directory was read
                } catch (IOException e) {
                    throw new IOException("cannot read " + file + ", remove it: " + e.getMessage(), e);
                }
            }
        }
        return journals;
    }

    /** Reads what was written; a last line that was cut off is no entry, for its thing was not made. */
    static Journal read(Path directory, String id) throws IOException {
        Journal journal = new Journal(directory, id);
        String text = Files.readString(journal.file, StandardCharsets.ISO_8859_1); // never fails, whatever is in it
        int end;
        for (int start = 0; (end = text.indexOf('\n', start)) >= 0; start = end + 1) {
            String line = text.substring(start, end);
            int blank = line.indexOf(' ');
            String word = blank < 0 ? line : line.substring(0, blank);
            for (Kind kind : Kind.values()) {
                if (word(kind).equals(word)) {
                    journal.entries.add(new Entry(kind, blank < 0 ? "" : line.substring(blank + 1)));
                }
            }
        }
        return journal;
    }

    /** Writes the entry, then makes the thing; does neither once {@link #seal} was called. */
    synchronized void make(Kind kind, String value, Maker maker) throws Exception {
        record(kind, value);
        maker.make();
    }

    synchronized void record(Kind kind, String value) throws IOException {
        if (sealed) {
            throw new IOException("the demo is being removed");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.APPEND)) {
            append(channel, new Entry(kind, value));
        }
    }

    /** Makes something that needs no entry before, or writes its own; not once {@link #seal} was called. */
    synchronized void unlessSealed(Maker maker) throws Exception {
        if (sealed) {
            throw new IOException("the demo is being removed");
        }
        maker.make();
    }

    /** Waits for what is being made and forbids more. */
    synchronized void seal() {
        sealed = true;
    }

    synchronized void delete() throws IOException {
        Files.deleteIfExists(file);
    }

    synchronized List<Entry> entries() {
        return List.copyOf(entries);
    }

    synchronized List<String> values(Kind kind) {
        return entries.stream()
                .filter(entry -> entry.kind() == kind)
                .map(Entry::value)
                .toList();
    }

    /** Whether its demo may just have opened the file, and not yet written who it is. */
    boolean isBeingStarted(Instant now) throws IOException {
        try {
            return values(Kind.OWNER).isEmpty()
                    && Files.getLastModifiedTime(file)
                            .toInstant()
                            .plus(STARTING)
                            .isAfter(now);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    Path directory() {
        return directory;
    }

    /** The name of the folder that this demo may have. */
    String folder() {
        return PREFIX + id;
    }

    /** The six letters that all of the demo's names carry. */
    String id() {
        return id;
    }

    private void append(FileChannel channel, Entry entry) throws IOException {
        entries.add(entry);
        String line = entry.value().isEmpty() ? word(entry.kind()) : word(entry.kind()) + " " + entry.value();
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static String word(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
