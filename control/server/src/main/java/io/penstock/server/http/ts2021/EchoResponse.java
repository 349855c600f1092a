package io.penstock.server.http.ts2021;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;

/** Reads the response of HTTP/1 that a node made to a request to itself, however its end is told. Stateless. */
final class EchoResponse {
    /** More than any echo needs, its head and its chunks included. */
    static final int MAX_BYTES = 8 << 10;

    private EchoResponse() {}

    /** What came of it. */
    sealed interface Read {
        record Whole(int status, String content) implements Read {}

        record TooLong() implements Read {}

        record Malformed() implements Read {}
    }

    static Read read(byte[] bytes) {
        if (bytes.length > MAX_BYTES) {
            return new Read.TooLong();
        }
        EmbeddedChannel decoder = new EmbeddedChannel(new HttpResponseDecoder());
        try {
            decoder.writeInbound(Unpooled.wrappedBuffer(bytes));
            decoder.finish(); // which is the end of a response that tells none
            return gather(decoder);
        } finally {
            decoder.finishAndReleaseAll();
        }
    }

    private static Read gather(EmbeddedChannel decoder) {
        int status = 0;
        StringBuilder content = new StringBuilder();
        for (HttpObject part = decoder.readInbound(); part != null; part = decoder.readInbound()) {
            try {
                if (part.decoderResult().isFailure()) {
                    return new Read.Malformed();
                }
                if (part instanceof HttpResponse response) {
                    status = response.status().code();
                }
                if (part instanceof HttpContent piece) {
                    content.append(piece.content().toString(StandardCharsets.ISO_8859_1));
                }
                if (part instanceof LastHttpContent) {
                    return new Read.Whole(status, content.toString());
                }
            } finally {
                ReferenceCountUtil.release(part);
            }
        }
        return new Read.Malformed(); // cut off before its end
    }
}
