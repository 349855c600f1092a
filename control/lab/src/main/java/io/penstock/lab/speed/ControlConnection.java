package io.penstock.lab.speed;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * Frames over one TCP connection. Owned by one thread; {@link #close} may come from any. An exception means that the connection
 * is finished.
 */
final class ControlConnection implements Closeable {
    static final int MAX_BODY_LENGTH = 8192;

    private static final int HEADER_LENGTH = 4;

    private final SocketChannel channel;
    private final DataInputStream in;
    private final OutputStream out;

    /** A received frame. */
    record Frame(FrameType type, ByteBuffer body) {}

    /** Takes over a connected channel; a read that waits longer than {@code timeoutMs} fails. */
    ControlConnection(SocketChannel channel, int timeoutMs) throws IOException {
        this.channel = channel;
        channel.socket().setTcpNoDelay(true);
        channel.socket().setSoTimeout(timeoutMs);
        in = new DataInputStream(
                channel.socket().getInputStream()); // not buffered: data may follow on the same channel
        out = channel.socket().getOutputStream();
    }

    SocketChannel channel() {
        return channel;
    }

    void timeoutMs(int timeoutMs) throws IOException {
        channel.socket().setSoTimeout(timeoutMs);
    }

    void send(ByteBuffer raw) throws IOException {
        out.write(raw.array(), raw.arrayOffset() + raw.position(), raw.remaining());
    }

    void send(FrameType type) throws IOException {
        send(type, ByteBuffer.allocate(0));
    }

    void send(FrameType type, ByteBuffer body) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(HEADER_LENGTH + body.remaining());
        frame.put(type.code()).put((byte) 0).putShort((short) body.remaining()).put(body);
        send(frame.flip());
    }

    void sendError(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        send(FrameType.ERROR, ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, MAX_BODY_LENGTH)));
    }

    ByteBuffer receiveBytes(int length) throws IOException {
        byte[] bytes = new byte[length];
        try {
            in.readFully(bytes);
        } catch (EOFException e) {
            throw new SpeedException("the other side closed the connection", e);
        } catch (SocketTimeoutException e) {
            throw new SpeedException("the other side does not answer", e);
        }
        return ByteBuffer.wrap(bytes);
    }

    Frame receive() throws IOException {
        ByteBuffer header = receiveBytes(HEADER_LENGTH);
        FrameType type = FrameType.of(header.get());
        header.get();
        int length = Short.toUnsignedInt(header.getShort());
        if (length > MAX_BODY_LENGTH) {
            throw new SpeedException("a frame of " + length + " bytes is too long");
        }
        return new Frame(type, receiveBytes(length));
    }

    /** Receives a frame of one type; an ERROR becomes an exception with the other side's words. */
    ByteBuffer receive(FrameType expected) throws IOException {
        Frame frame = receive();
        if (frame.type() == expected) {
            return frame.body();
        }
        if (frame.type() == FrameType.ERROR) {
            throw new SpeedException("the server says: " + printable(frame.body()));
        }
        throw new SpeedException("expected " + expected + ", got " + frame.type());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** What a stranger sent must not steer the terminal. */
    private static String printable(ByteBuffer body) {
        String text = StandardCharsets.UTF_8.decode(body).toString();
        return text.codePoints()
                .limit(500)
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
