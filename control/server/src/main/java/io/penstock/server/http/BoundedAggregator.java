package io.penstock.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;

/** Makes one message of a request's pieces; what is too long is answered 413 and counted. Of one connection. */
final class BoundedAggregator extends HttpObjectAggregator {
    private final HttpCounters counters;

    BoundedAggregator(int maxLength, HttpCounters counters) {
        super(maxLength, true);
        this.counters = counters;
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) throws Exception {
        counters.tooLarge.increment();
        super.handleOversizedMessage(context, oversized);
    }
}
