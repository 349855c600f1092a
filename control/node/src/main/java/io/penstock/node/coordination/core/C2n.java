package io.penstock.node.coordination.core;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;

/**
 * Answers a coordinator's request of HTTP/1.1 to the node itself: {@code /echo}, which gives back what it was sent. What else there
 * might be is not offered. Stateless.
 */
public final class C2n {
    private static final String END_OF_HEAD = "\r\n\r\n";

    private C2n() {}

    /** The whole response to a whole request. */
    public static byte[] answer(byte[] request) {
        String text = new String(request, ISO_8859_1);
        int end = text.indexOf(END_OF_HEAD);
        String[] line = text.lines().findFirst().orElse("").split(" ", -1);
        if (end < 0 || line.length != 3 || !line[2].startsWith("HTTP/1.")) {
            return response("400 Bad Request", new byte[0]);
        }
        if (!line[1].equals("/echo")) {
            return response("404 Not Found", new byte[0]);
        }
        return response("200 OK", Arrays.copyOfRange(request, end + END_OF_HEAD.length(), request.length));
    }

    private static byte[] response(String status, byte[] body) {
        byte[] head = ("HTTP/1.1 " + status + "\r\nContent-Length: " + body.length + END_OF_HEAD).getBytes(ISO_8859_1);
        byte[] out = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, out, head.length, body.length);
        return out;
    }
}
