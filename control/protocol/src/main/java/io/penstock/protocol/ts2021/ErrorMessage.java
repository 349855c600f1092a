package io.penstock.protocol.ts2021;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/** The message that a coordinator sends in place of a response. In clear and signed by nobody. */
public final class ErrorMessage {
    private static final int HEADER_LENGTH = 3;

    private ErrorMessage() {}

    /** The bytes of a refusal; text behind the first 512 bytes is cut off. */
    public static byte[] encode(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        int length = Math.min(bytes.length, ClientHandshake.MAX_ERROR_LENGTH);
        return ByteBuffer.allocate(HEADER_LENGTH + length)
                .put(ServerHandshake.TYPE_ERROR)
                .putShort((short) length)
                .put(bytes, 0, length)
                .array();
    }

    /** Text of whoever was on the way, fit for a log and a terminal. */
    static String printable(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
                .forEach(out::appendCodePoint);
        return out.toString();
    }
}
