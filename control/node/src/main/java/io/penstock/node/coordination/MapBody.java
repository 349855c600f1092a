package io.penstock.node.coordination;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Headers;
import io.penstock.node.coordination.core.MapNews;
import io.penstock.node.coordination.core.MapReader;
import io.penstock.node.coordination.core.Problem;
import io.penstock.node.coordination.core.Problem.Kind;
import io.penstock.protocol.json.MalformedMessageException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.function.Consumer;

/** Reads a map stream as it arrives; of a refusal, the beginning of its text. Closes its reader at the end. */
final class MapBody implements Receiver {
    private static final int MAX_TEXT_BYTES = 512;

    private final MapReader reader;
    private final InstantSource clock;
    private final Consumer<MapNews> news;
    private final Runnable alive;
    private final Consumer<Problem> ended;
    private final StringBuilder text = new StringBuilder();
    private AnswerHead head = AnswerHead.NONE;
    private boolean over;
    private boolean reading;

    /**
     * For one stream.
     *
     * @param alive called whenever something has come
     * @param ended called once, at the end, however it came; {@link Kind#BROKEN} for what is no map stream, and then the caller
     *     cancels the request
     */
    MapBody(MapReader reader, InstantSource clock, Consumer<MapNews> news, Runnable alive, Consumer<Problem> ended) {
        this.reader = reader;
        this.clock = clock;
        this.news = news;
        this.alive = alive;
        this.ended = ended;
    }

    @Override
    public void onHead(Http2Headers headers) {
        head = AnswerHead.of(headers);
        alive.run();
    }

    @Override
    public void onData(ByteBuf data) {
        if (over) {
            return;
        }
        if (!head.isOk()) {
            int length = Math.min(data.readableBytes(), MAX_TEXT_BYTES - text.length());
            text.append(data.toString(data.readerIndex(), Math.max(0, length), StandardCharsets.ISO_8859_1));
            return;
        }
        alive.run();
        reading = true;
        try {
            reader.read(data.nioBuffer(), clock.instant(), this::tell);
        } catch (MalformedMessageException e) {
            end(Problem.of(Kind.BROKEN, "the map stream: " + e.getMessage()));
        } finally {
            reading = false;
            if (over) {
                reader.close(); // news may have ended the stream in the middle of it
            }
        }
    }

    private void tell(MapNews one) {
        if (!over) {
            news.accept(one);
        }
    }

    @Override
    public void onEnd() {
        end(
                head.isOk()
                        ? Problem.of(Kind.ENDED, "the coordinator ended the map stream")
                        : head.problem(text.toString()));
    }

    @Override
    public void onBroken(Problem problem) {
        end(problem);
    }

    private void end(Problem problem) {
        if (close()) {
            ended.accept(problem);
        }
    }

    /** Nothing is told any more. False if that was so already. */
    boolean close() {
        if (over) {
            return false;
        }
        over = true;
        if (!reading) {
            reader.close();
        }
        return true;
    }
}
