package io.penstock.node.coordination;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Headers;
import io.penstock.node.coordination.core.Problem;

/** Takes the answer to a request inside the connection. {@link #onEnd} or {@link #onBroken} comes last. On the event loop. */
interface Receiver {
    void onHead(Http2Headers headers);

    /** Bytes of the body, which stay the caller's. */
    void onData(ByteBuf data);

    void onEnd();

    /** It ended before its end, or could not be sent. */
    void onBroken(Problem problem);
}
