package io.penstock.node.coordination;

import io.netty.handler.codec.http2.Http2Headers;
import io.penstock.node.coordination.core.Problem;
import java.time.Duration;

/**
 * What stands above an answer.
 *
 * @param status of HTTP
 * @param retryAfter what it asks to wait; zero if nothing
 */
record AnswerHead(int status, Duration retryAfter) {
    static final AnswerHead NONE = new AnswerHead(0, Duration.ZERO);

    private static final int OK = 200;
    private static final int MAX_DIGITS = 9;

    static AnswerHead of(Http2Headers headers) {
        return new AnswerHead((int) number(headers.status()), Duration.ofSeconds(number(headers.get("retry-after"))));
    }

    /** 0 for what is no number, a date among them: the wait is ours to choose then. */
    private static long number(CharSequence text) {
        return text != null
                        && text.length() > 0
                        && text.length() <= MAX_DIGITS
                        && text.chars().allMatch(c -> c >= '0' && c <= '9')
                ? Long.parseLong(text.toString())
                : 0;
    }

    boolean isOk() {
        return status == OK;
    }

    /** What an answer of another status means. */
    Problem problem(String text) {
        return Problem.ofStatus(status, text, retryAfter);
    }
}
