package io.penstock.engine.uapi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/** A session with its replies in an array, its log in a list, and one known zone: {@code eth7} is interface 7. */
final class SessionDriver {
    final List<String> log = new ArrayList<>();
    final UapiSession session;
    private final ByteArrayOutputStream replies = new ByteArrayOutputStream();
    private boolean readerGone;
    private boolean open = true;

    SessionDriver(Configuration configuration) {
        session = new UapiSession(configuration, this::take, zone -> zone.equals("eth7") ? 7 : 0, new ListLogger());
    }

    /** Sends text in one piece; true while the session is open. */
    boolean send(String text) {
        return send(text.getBytes(UTF_8));
    }

    boolean send(byte[] bytes) {
        return send(bytes, 0, bytes.length);
    }

    boolean send(byte[] bytes, int offset, int length) {
        byte[] arrived = new byte[length + 3]; // at an offset, as a receive buffer may have it
        System.arraycopy(bytes, offset, arrived, 3, length);
        open = open && session.receive(arrived, 3, length);
        return open;
    }

    boolean isOpen() {
        return open;
    }

    void end() {
        if (open) {
            session.endOfInput();
        }
        open = false;
    }

    void goAway() {
        readerGone = true;
    }

    /** Everything replied since the last call. */
    String replies() {
        String text = replies.toString(ISO_8859_1);
        replies.reset();
        return text;
    }

    /** One whole request on a session of its own. */
    static String exchange(Configuration configuration, String request) {
        SessionDriver driver = new SessionDriver(configuration);
        driver.send(request);
        return driver.replies();
    }

    private boolean take(byte[] bytes, int offset, int length) {
        if (!readerGone) {
            replies.write(bytes, offset, length);
        }
        return !readerGone;
    }

    private final class ListLogger implements Logger {
        @Override
        public String getName() {
            return "test";
        }

        @Override
        public boolean isLoggable(Level level) {
            return true;
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String text, @Nullable Throwable thrown) {
            log.add(text + " " + thrown);
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String text, @Nullable Object... values) {
            log.add(text + " " + (values == null ? "" : List.of(values)));
        }
    }
}
