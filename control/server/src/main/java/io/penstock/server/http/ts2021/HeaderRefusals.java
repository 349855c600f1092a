package io.penstock.server.http.ts2021;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2FrameLogger;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.logging.LogLevel;

/** Counts the requests that HTTP/2 refuses by itself since their headers are too long; it logs nothing. Thread-safe. */
final class HeaderRefusals extends Http2FrameLogger {
    private final Ts2021Counters counters;

    HeaderRefusals(Ts2021Counters counters) {
        super(LogLevel.TRACE, HeaderRefusals.class);
        this.counters = counters;
    }

    @Override
    public boolean isEnabled() {
        return false;
    }

    @Override
    public void logHeaders(
            Direction direction,
            ChannelHandlerContext context,
            int streamId,
            Http2Headers headers,
            int padding,
            boolean endStream) {
        if (direction == Direction.OUTBOUND
                && HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                        .codeAsText()
                        .contentEquals(headers.status())) {
            counters.headersTooLarge.increment();
        }
    }
}
