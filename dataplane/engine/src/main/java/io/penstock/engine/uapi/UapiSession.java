package io.penstock.engine.uapi;

import io.penstock.ffm.Errno;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * One connection to the control socket: bytes in, calls of {@link Configuration} and reply bytes out. Requests may be
 * split anywhere, follow each other, and have any size; only the length of one line is bounded. A first line that is
 * neither {@code get=1} nor {@code set=1} finishes the session; anything else is answered with an errno, as wireguard-go
 * does. After an error the rest of that request is skipped, up to its blank line or the next request.
 *
 * <p>Pure; owned by the thread that reads the connection.
 */
public final class UapiSession {
    private enum State {
        OPERATION,
        GET_END,
        SET,
        SKIP,
        CLOSED
    }

    private final Configuration configuration;
    private final Logger logger;
    private final UapiWriter writer;
    private final LineBuffer line = new LineBuffer();
    private final List<Change> changes = new ArrayList<>();
    private final ToIntFunction<String> zoneIndex;
    private UapiParser parser;
    private PeerBlock block = new PeerBlock();
    private State state = State.OPERATION;
    private long lineNumber;

    /** @param zoneIndex interface index of a name, for link-local endpoints; 0 if there is none */
    public UapiSession(Configuration configuration, ReplySink sink, ToIntFunction<String> zoneIndex, Logger logger) {
        this.configuration = configuration;
        this.zoneIndex = zoneIndex;
        this.parser = new UapiParser(zoneIndex);
        this.logger = logger;
        this.writer = new UapiWriter(sink);
    }

    /**
     * Takes bytes as they arrived, and answers every request that they complete. The caller overwrites the bytes, which
     * may hold keys.
     *
     * @return false when the session is finished and the connection to be closed
     */
    public boolean receive(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int next = offset;
        while (next < end && state != State.CLOSED) {
            if (state == State.GET_END) {
                onGetEnd(bytes[next++]);
                continue;
            }
            int newline = indexOfNewline(bytes, next, end);
            if (newline < 0) {
                line.append(bytes, next, end - next);
                next = end;
                onPartialLine();
            } else if (line.isEmpty() && newline - next <= LineBuffer.LIMIT_BYTES) {
                onLine(bytes, next, newline - next);
                next = newline + 1;
            } else {
                line.append(bytes, next, newline - next);
                next = newline + 1;
                onBufferedLine();
            }
        }
        return flush();
    }

    /** The other side sends no more: a set request without its blank line ends here, its last line without newline too. */
    public void endOfInput() {
        if (state == State.SET && !line.isEmpty()) {
            onBufferedLine();
        }
        if (state == State.SET) {
            endSet();
        }
        flush();
        close();
    }

    /** Wipes what is left of a request. */
    public void close() {
        state = State.CLOSED;
        line.clear();
        discardChanges();
    }

    private boolean flush() {
        if (!writer.flush()) {
            close();
        }
        return state != State.CLOSED;
    }

    private void onPartialLine() {
        if (!line.hasOverflowed()) {
            return;
        }
        if (state == State.OPERATION) {
            close();
        } else if (state == State.SET) {
            onLongLine();
        }
    }

    private void onBufferedLine() {
        if (!line.hasOverflowed()) {
            onLine(line.bytes(), 0, line.length());
        } else if (state == State.OPERATION) {
            close();
        } else if (state == State.SET) {
            onLongLine();
        }
        line.clear();
    }

    /** As in wireguard-go, what was said of the peer counts before the error. */
    private void onLongLine() {
        changes.add(new Change.EndOfPeer());
        int status = applyChanges();
        refuse(status != 0 ? status : -Errno.EIO);
    }

    private void onLine(byte[] bytes, int offset, int length) {
        switch (state) {
            case OPERATION -> {
                if (!startRequest(bytes, offset, length)) {
                    logger.log(Level.DEBUG, "control socket: neither get=1 nor set=1, closing the connection");
                    close();
                }
            }
            case SET -> onSetLine(bytes, offset, length);
            case SKIP -> {
                if (isBlank(bytes, offset, length)) {
                    state = State.OPERATION;
                } else {
                    startRequest(bytes, offset, length);
                }
            }
            case GET_END, CLOSED -> throw new IllegalStateException(state.name());
        }
    }

    private boolean startRequest(byte[] bytes, int offset, int length) {
        if (length != 5 || bytes[offset + 1] != 'e' || bytes[offset + 2] != 't' || bytes[offset + 3] != '=') {
            return false;
        }
        if (bytes[offset + 4] != '1') {
            return false;
        }
        lineNumber = 1;
        if (bytes[offset] == 'g') {
            state = State.GET_END;
            return true;
        }
        if (bytes[offset] == 's') {
            state = State.SET;
            parser = new UapiParser(zoneIndex);
            block = new PeerBlock();
            return true;
        }
        return false;
    }

    private void onSetLine(byte[] bytes, int offset, int length) {
        lineNumber++;
        if (isBlank(bytes, offset, length)) {
            endSet();
            return;
        }
        int wellFormed = bytes[offset + length - 1] == '\r' ? length - 1 : length;
        int error = parser.parse(bytes, offset, wellFormed, changes);
        if (error != 0) {
            int status = applyChanges();
            refuse(status != 0 ? status : error);
        } else if (changes.size() >= Change.BATCH - 1) { // one line makes at most two changes
            int status = applyChanges();
            if (status != 0) {
                refuse(status);
            }
        }
    }

    private void endSet() {
        changes.add(new Change.EndOfPeer());
        int status = applyChanges();
        if (status != 0) {
            refuse(status);
        } else {
            writer.status(0);
            state = State.OPERATION;
        }
    }

    private void onGetEnd(byte next) {
        if (next != '\n') {
            refuse(-Errno.EINVAL);
            return;
        }
        int status = writeConfiguration();
        if (state != State.CLOSED) {
            writer.status(status);
            state = State.OPERATION;
        }
    }

    private int writeConfiguration() {
        Snapshot snapshot = new Snapshot();
        while (!snapshot.isComplete()) {
            int status = configuration.read(snapshot);
            if (status != 0) {
                return status;
            }
            boolean reading = writer.write(snapshot.items());
            snapshot.wipe();
            if (!reading) {
                close();
                return -Errno.EIO;
            }
        }
        return 0;
    }

    private int applyChanges() {
        if (changes.isEmpty()) {
            return 0;
        }
        try {
            return configuration.apply(block, changes);
        } finally {
            discardChanges();
        }
    }

    private void discardChanges() {
        for (Change change : changes) {
            change.wipe();
        }
        changes.clear();
    }

    /** Says where, not what: the line may hold a key. */
    private void refuse(int status) {
        logger.log(Level.DEBUG, "control socket: request refused at line {0}: errno {1}", lineNumber, -status);
        writer.status(status);
        state = State.SKIP;
    }

    private static boolean isBlank(byte[] bytes, int offset, int length) {
        return length == 0 || (length == 1 && bytes[offset] == '\r');
    }

    private static int indexOfNewline(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }
}
