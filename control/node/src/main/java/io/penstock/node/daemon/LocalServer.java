package io.penstock.node.daemon;

import io.penstock.node.api.Answer;
import io.penstock.node.api.ApiError;
import io.penstock.node.api.LocalApi;
import io.penstock.node.api.Request;
import io.penstock.protocol.json.MalformedMessageException;
import java.io.File;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import jnr.unixsocket.Credentials;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import jnr.unixsocket.UnixSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * The local API's socket: who may open it is the file's mode, and who may change something the kernel's word for who is at the other
 * end. A bounded number of callers at once, each on a platform thread, with bounded lines and times. There is no other door.
 */
final class LocalServer implements AutoCloseable {
    /**
     * How much callers may take.
     *
     * @param callers at once
     * @param kept of these for who may change something, so that nobody who may only look keeps the operator out
     * @param readMs of silence after which a caller is gone
     * @param lineMs from the first byte of a request to its last
     * @param writeMs for which a caller may not read
     */
    record Limits(int callers, int kept, int readMs, int lineMs, int writeMs) {
        static final Limits DEFAULT = new Limits(64, 16, 30_000, 30_000, 10_000);
    }

    private static final Logger LOG = System.getLogger(LocalServer.class.getName());
    private static final String GROUP = "penstock";
    private static final int ROOT = 0;
    private static final int MAX_PATH = 107; // sun_path, with its end: unix(7)
    private static final long POLL_MS = 1000;

    private final Path socket;
    private final int ownUid;
    private final Requests requests;
    private final Limits limits;
    private final UnixServerSocketChannel listener;
    private final Set<UnixSocketChannel> open = new HashSet<>(); // guarded by this
    private volatile boolean isClosing;

    private LocalServer(Path socket, int ownUid, Requests requests, Limits limits, UnixServerSocketChannel listener) {
        this.socket = socket;
        this.ownUid = ownUid;
        this.requests = requests;
        this.limits = limits;
        this.listener = listener;
    }

    /**
     * Listens. A socket that is there is a dead one's and goes: the caller holds the lock of the state folder.
     *
     * @throws IOException with the cure where there is one; the path has 107 bytes at most
     */
    static LocalServer open(Path socket, Requests requests, Limits limits) throws IOException {
        int length = socket.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_PATH) {
            throw new IOException("cannot listen on " + socket + ": a socket's path has " + MAX_PATH
                    + " bytes at most, and this one " + length + "; give a shorter one by --socket");
        }
        Path parent = socket.toAbsolutePath().getParent();
        Files.createDirectories(
                parent, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        // Made where nobody looks, so that it is never open to more than it shall be.
        Path folder = Files.createTempDirectory(
                parent, ".new", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        UnixServerSocketChannel listener = UnixServerSocketChannel.open();
        try {
            Path draft = folder.resolve("s");
            listener.socket().bind(new UnixSocketAddress(new File(draft.toString())));
            Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rw-rw----"));
            giveToGroup(draft);
            Files.move(draft, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            listener.close();
            throw new IOException("cannot listen on " + socket + ": " + e.getMessage(), e);
        } finally {
            Files.deleteIfExists(folder.resolve("s"));
            Files.delete(folder);
        }
        int ownUid = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        LocalServer server = new LocalServer(socket, ownUid, requests, limits, listener);
        Thread.ofPlatform().name("local-api").daemon().start(server::accept);
        return server;
    }

    /** Those of the group may look; without the group, or the right to give the file away, the owner alone. */
    private static void giveToGroup(Path file) throws IOException {
        GroupPrincipal group;
        try {
            group = file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(GROUP);
        } catch (UserPrincipalNotFoundException e) {
            LOG.log(
                    Level.INFO,
                    "there is no group penstock: only root may ask the daemon; `groupadd --system penstock` makes it");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            return;
        }
        PosixFileAttributeView view =
                Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        if (!view.readAttributes().group().equals(group)) {
            view.setGroup(group);
        }
    }

    private void accept() {
        while (!isClosing) {
            try {
                UnixSocketChannel caller = listener.accept();
                if (caller != null) {
                    serve(caller, caller.getOption(UnixSocketOptions.SO_PEERCRED));
                }
            } catch (IOException e) {
                if (!isClosing) {
                    LOG.log(Level.WARNING, "the local API cannot take a caller: {0}", e.getMessage());
                    pause();
                }
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MS); // descriptors have run out, perhaps
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(UnixSocketChannel caller, @Nullable Credentials who) {
        int most = limits.callers() - (mayChange(who) ? 0 : limits.kept());
        boolean isTaken;
        synchronized (this) {
            isTaken = !isClosing && open.size() < most && open.add(caller);
        }
        Thread.ofPlatform().name("local-caller").daemon().start(() -> {
            try (caller) {
                caller.setOption(UnixSocketOptions.SO_RCVTIMEO, limits.readMs());
                caller.setOption(UnixSocketOptions.SO_SNDTIMEO, limits.writeMs());
                if (isTaken) {
                    new Conversation(caller, mayChange(who)).run();
                } else {
                    write(caller, Answer.error(ApiError.Code.BUSY, "the daemon has too many callers; try again"));
                }
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "a caller went: {0}", e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                synchronized (this) {
                    open.remove(caller);
                }
            }
        });
    }

    private boolean mayChange(@Nullable Credentials who) {
        return who != null && (who.getUid() == ROOT || who.getUid() == ownUid);
    }

    private static void write(UnixSocketChannel caller, Answer answer) throws IOException {
        byte[] json = answer.encode();
        ByteBuffer out = ByteBuffer.wrap(Arrays.copyOf(json, json.length + 1));
        out.put(json.length, (byte) '\n');
        while (out.hasRemaining()) {
            if (caller.write(out) <= 0) {
                throw new IOException("the caller does not read");
            }
        }
    }

    /** One caller: requests one after the other. On its thread. */
    private final class Conversation {
        private final UnixSocketChannel caller;
        private final boolean mayChange;
        private final ByteBuffer in = ByteBuffer.allocate(8192).flip();

        Conversation(UnixSocketChannel caller, boolean mayChange) {
            this.caller = caller;
            this.mayChange = mayChange;
        }

        void run() throws IOException, InterruptedException {
            byte[] line = line();
            while (line != null && !isClosing) {
                Request request;
                try {
                    request = Request.decode(line, 0, line.length);
                } catch (MalformedMessageException e) {
                    write(caller, Answer.error(ApiError.Code.BAD_REQUEST, "no request: " + e.getMessage()));
                    return;
                } finally {
                    Arrays.fill(line, (byte) 0); // there may be a key in it
                }
                if (!answer(request)) {
                    return;
                }
                line = line();
            }
        }

        private boolean answer(Request request) throws IOException, InterruptedException {
            if (!request.isReading() && !mayChange) {
                write(
                        caller,
                        Answer.error(
                                ApiError.Code.NOT_PERMITTED,
                                "only root, and the user that the daemon runs as, may do that: use sudo"));
                return true;
            }
            Replies replies = new Replies();
            try {
                requests.ask(request, replies);
                while (!isClosing && !replies.isOver()) {
                    Answer next = replies.next(POLL_MS);
                    if (next != null) {
                        write(caller, next);
                        if (next.event() == null) {
                            return true;
                        }
                    }
                }
                return false;
            } finally {
                replies.end();
            }
        }

        /** The next line without its line feed, or null at the end. */
        private byte @Nullable [] line() throws IOException {
            byte[] line = new byte[1024];
            int length = 0;
            long beganNs = System.nanoTime();
            while (true) {
                if (length == 0) {
                    beganNs = System.nanoTime();
                }
                if (!in.hasRemaining()) {
                    if (System.nanoTime() - beganNs > limits.lineMs() * 1_000_000L) {
                        return null; // a byte now and then is no request
                    }
                    in.clear();
                    int read = caller.read(in);
                    in.flip();
                    if (read <= 0) {
                        return null; // gone, or silent for too long
                    }
                }
                byte next = in.get();
                in.put(in.position() - 1, (byte) 0);
                if (next == '\n') {
                    byte[] whole = Arrays.copyOf(line, length);
                    Arrays.fill(line, (byte) 0);
                    return whole;
                }
                if (length == LocalApi.MAX_REQUEST_BYTES) {
                    write(
                            caller,
                            Answer.error(ApiError.Code.BAD_REQUEST, "a request of more than 64 KiB: send it in parts"));
                    return null;
                }
                if (length == line.length) {
                    byte[] longer = Arrays.copyOf(line, line.length * 2);
                    Arrays.fill(line, (byte) 0);
                    line = longer;
                }
                line[length++] = next;
            }
        }
    }

    /** Takes no more callers, ends those that are there, and removes the socket. */
    @Override
    public void close() {
        isClosing = true;
        Set<UnixSocketChannel> all;
        synchronized (this) {
            all = Set.copyOf(open);
        }
        try {
            Files.deleteIfExists(socket);
            listener.close();
            for (UnixSocketChannel caller : all) {
                caller.close();
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the local API's socket", e);
        }
    }
}
