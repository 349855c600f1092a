package io.penstock.node.coordination.core;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class C2nTest {
    private static String answer(String request) {
        return new String(C2n.answer(request.getBytes(US_ASCII)), US_ASCII);
    }

    @Test
    void echoesABody() {
        assertEquals(
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                answer("POST /echo HTTP/1.1\r\nHost: x\r\n\r\nhello"));
    }

    @Test
    void offersNothingElse() {
        assertEquals("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", answer("POST /update HTTP/1.1\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GET /echo", "GET /echo HTTP/1.1\r\n", "\r\n\r\n", "GET /echo SPDY/3\r\n\r\n"})
    void refusesWhatIsNoRequest(String request) {
        assertEquals("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", answer(request));
    }
}
