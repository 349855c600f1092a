package io.penstock.node.coordination;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Headers;
import io.penstock.node.coordination.core.Problem;
import io.penstock.node.coordination.core.Problem.Kind;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Collects a whole answer, up to a bound. */
final class WholeBody implements Receiver {
    private final int maxBytes;
    private final Consumer<byte[]> answered;
    private final Consumer<Problem> failed;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private AnswerHead head = AnswerHead.NONE;
    private boolean tooLong;

    /**
     * For one answer.
     *
     * @param answered gets the body of an answer of status 200
     * @param failed is told of everything else
     */
    WholeBody(int maxBytes, Consumer<byte[]> answered, Consumer<Problem> failed) {
        this.maxBytes = maxBytes;
        this.answered = answered;
        this.failed = failed;
    }

    @Override
    public void onHead(Http2Headers headers) {
        head = AnswerHead.of(headers);
    }

    @Override
    public void onData(ByteBuf data) {
        tooLong |= body.size() + data.readableBytes() > maxBytes;
        if (!tooLong) {
            byte[] bytes = new byte[data.readableBytes()];
            data.readBytes(bytes);
            body.writeBytes(bytes);
        }
    }

    @Override
    public void onEnd() {
        if (!head.isOk()) {
            failed.accept(head.problem(body.toString(StandardCharsets.UTF_8)));
        } else if (tooLong) {
            failed.accept(Problem.of(Kind.BROKEN, "an answer of more than " + maxBytes + " bytes"));
        } else {
            answered.accept(body.toByteArray());
        }
    }

    @Override
    public void onBroken(Problem problem) {
        failed.accept(problem);
    }
}
