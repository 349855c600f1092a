package io.penstock.transport;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameLogger;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;

/**
 * HTTP/2 inside the records: prior knowledge, no TLS of its own, no push. Each request is a child channel with frames of
 * HTTP/2, as {@link Http2MultiplexHandler} has it.
 */
public final class InnerHttp2 {
    /** What our node takes from a coordinator for one request before it has read it. A first map may be large. */
    public static final int NODE_WINDOW = 4 << 20;

    /** Most bytes of the headers of one request or response. */
    public static final int MAX_HEADER_LIST = 16 * 1024;

    /** Requests that a node may have open at a time: a poll, a report and a few more. */
    public static final int MAX_STREAMS = 16;

    /** Answers to PING and SETTINGS that wait for a receiver who does not read. */
    private static final int MAX_QUEUED_CONTROL_FRAMES = 128;

    private static final int MAX_RESETS = 64;
    private static final int RESET_WINDOW_SECONDS = 30;

    private InnerHttp2() {}

    /** Adds the node's end behind a {@link RecordCodec}; open requests with {@code Http2StreamChannelBootstrap}. */
    public static void addNode(ChannelPipeline pipeline, ChannelHandler pushed) {
        pipeline.addLast(new EarlyPayloadHandler());
        pipeline.addLast(Http2FrameCodecBuilder.forClient()
                .initialSettings(Http2Settings.defaultSettings()
                        .pushEnabled(false)
                        .initialWindowSize(NODE_WINDOW)
                        .maxHeaderListSize(MAX_HEADER_LIST))
                .validateHeaders(true)
                .build());
        pipeline.addLast(new Http2MultiplexHandler(pushed));
    }

    /**
     * Adds the coordinator's end behind a {@link RecordCodec}.
     *
     * @param request prepares the child channel of each request
     * @param observer is shown each frame
     */
    public static void addCoordinator(ChannelPipeline pipeline, ChannelHandler request, Http2FrameLogger observer) {
        pipeline.addLast(Http2FrameCodecBuilder.forServer()
                .initialSettings(Http2Settings.defaultSettings()
                        .maxConcurrentStreams(MAX_STREAMS)
                        .maxHeaderListSize(MAX_HEADER_LIST))
                .validateHeaders(true)
                .frameLogger(observer)
                .encoderEnforceMaxQueuedControlFrames(MAX_QUEUED_CONTROL_FRAMES)
                .decoderEnforceMaxRstFramesPerWindow(MAX_RESETS, RESET_WINDOW_SECONDS)
                .encoderEnforceMaxRstFramesPerWindow(MAX_RESETS, RESET_WINDOW_SECONDS)
                .build());
        pipeline.addLast(new Http2MultiplexHandler(request));
    }
}
