package io.penstock.node.coordination;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.util.ReferenceCountUtil;
import io.penstock.node.coordination.core.Problem;
import io.penstock.node.coordination.core.Problem.Kind;
import io.penstock.transport.InnerHttp2;
import java.util.function.Consumer;

/** The established connection: HTTP/2 inside the records. Its end is told once. On its event loop. */
final class Link extends ChannelInboundHandlerAdapter {
    private static final ChannelHandler NOTHING_PUSHED = new NothingPushed();

    private final Channel channel;
    private final Consumer<Problem> ended;
    private boolean over;

    private Link(Channel channel, Consumer<Problem> ended) {
        this.channel = channel;
        this.ended = ended;
    }

    /** Adds HTTP/2 to a pipeline whose handshake is done. */
    static Link add(ChannelPipeline pipeline, Consumer<Problem> ended) {
        InnerHttp2.addNode(pipeline, NOTHING_PUSHED);
        Link link = new Link(pipeline.channel(), ended);
        pipeline.addLast(link);
        return link;
    }

    Request send(String method, String path, String authority, byte[] body, Receiver receiver) {
        return Request.send(channel, method, path, authority, body, receiver);
    }

    /** Ends it; nothing is told. */
    void close() {
        over = true;
        var _ = channel.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        boolean goesAway = message instanceof Http2GoAwayFrame;
        ReferenceCountUtil.release(message); // the others HTTP/2 below has heeded
        if (goesAway) {
            end(Problem.of(Kind.ENDED, "the coordinator ends the connection"));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end(Problem.of(Kind.ENDED, "the connection ended"));
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof Http2Exception stream && Http2Exception.isStreamError(stream))) {
            end(Problems.of(cause));
        }
    }

    private void end(Problem problem) {
        if (!over) {
            close();
            ended.accept(problem);
        }
    }

    /** A coordinator was told not to push anything. Stateless. */
    @Sharable
    private static final class NothingPushed extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            var _ = context.close();
        }
    }
}
