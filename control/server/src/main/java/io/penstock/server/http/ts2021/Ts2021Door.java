package io.penstock.server.http.ts2021;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.IdleStateHandler;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.ts2021.CapabilityVersion;
import io.penstock.protocol.ts2021.ErrorMessage;
import io.penstock.protocol.ts2021.KeyReply;
import io.penstock.protocol.ts2021.ServerHandshake;
import io.penstock.protocol.ts2021.Upgrade;
import io.penstock.server.http.Takeover;
import io.penstock.transport.InnerHttp2;
import io.penstock.transport.RecordCodec;
import io.penstock.wireguard.Entropy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The door for machines: {@code GET /key}, and {@code POST /ts2021}, which turns the connection into records with HTTP/2 inside.
 * Called by any host name: what is said counts by the keys of the handshake. Thread-safe.
 */
public final class Ts2021Door implements Takeover, AutoCloseable {
    private final NoiseIdentity identity;
    private final Entropy entropy;
    private final Ts2021Limits limits;
    private final Ts2021Counters counters = new Ts2021Counters();
    private final Pools pools = new Pools();
    private final BodyBudget budget = new BodyBudget();
    private final OpenConnections connections;
    private final MachineRoutes routes;
    private final HeaderRefusals refusals = new HeaderRefusals(counters);

    /**
     * A door with threads of its own.
     *
     * @param identity stays the caller's; to be closed after the listener
     * @param entropy thread-safe
     */
    public Ts2021Door(
            NoiseIdentity identity, Machines machines, Ts2021Limits limits, InstantSource clock, Entropy entropy) {
        this.identity = identity;
        this.entropy = entropy;
        this.limits = limits;
        connections = new OpenConnections(limits.connectionsPerMachine(), counters);
        routes = new MachineRoutes(
                new RegisterRoute(machines.registrations(), machines.decisions(), clock, counters),
                new MapRoute(machines.reports(), machines.maps(), pools.maps(), limits, counters),
                new PingRoute(machines.pings(), counters),
                counters);
    }

    /** Bytes that requests may still bring before they have come to their end, of all connections. */
    public long bodyBytesLeft() {
        return budget.left();
    }

    public Ts2021Counters counters() {
        return counters;
    }

    @Override
    public boolean takes(String path) {
        return path.equals(Upgrade.KEY_PATH) || path.equals(Upgrade.PATH);
    }

    @Override
    public void take(Channel channel, FullHttpRequest request) {
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        if (uri.path().equals(Upgrade.KEY_PATH)) {
            showKey(channel, request.method(), uri.parameters().getOrDefault("v", List.of()));
        } else {
            upgrade(channel, request);
        }
    }

    private void showKey(Channel channel, HttpMethod method, List<String> version) {
        if (!method.equals(HttpMethod.GET)) {
            refuse(channel, HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET");
            return;
        }
        int announced = version.isEmpty() ? -1 : number(version.getFirst());
        if (announced < 0) {
            counters.tooOld.increment();
            refuse(channel, HttpResponseStatus.BAD_REQUEST, "the capability version is missing: /key?v=N");
        } else if (!CapabilityVersion.isAdmitted(announced)) {
            counters.tooOld.increment();
            refuse(channel, HttpResponseStatus.BAD_REQUEST, TooOld.text(announced));
        } else {
            byte[] key = KeyReply.of(identity.publicKey()).encode();
            respond(channel, HttpResponseStatus.OK, "application/json", key);
        }
    }

    private static int number(String text) {
        return text.length() <= 9 && !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')
                ? Integer.parseInt(text)
                : -1;
    }

    private void upgrade(Channel channel, FullHttpRequest request) {
        String fault = faultOf(request);
        if (fault != null) {
            counters.badHandshakes.increment();
            refuse(channel, HttpResponseStatus.BAD_REQUEST, fault);
            return;
        }
        byte[] initiation;
        try {
            initiation = Upgrade.decodeInitiation(request.headers().get(Upgrade.HANDSHAKE_HEADER));
        } catch (MalformedMessageException e) {
            counters.badHandshakes.increment();
            refuse(channel, HttpResponseStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
            return;
        }
        ServerHandshake handshake = identity.handshake();
        switch (handshake.consumeInitiation(initiation)) {
            case ServerHandshake.Outcome.Failed failed -> {
                counters.badHandshakes.increment();
                refuse(channel, HttpResponseStatus.BAD_REQUEST, failed.failure().text());
            }
            case ServerHandshake.Outcome.Opened opened -> {
                if (CapabilityVersion.isAdmitted(opened.version())) {
                    establish(channel, handshake.respond(entropy), opened.machine());
                } else {
                    counters.tooOld.increment();
                    tellTooOld(channel, opened.version());
                }
            }
        }
    }

    private static @Nullable String faultOf(FullHttpRequest request) {
        if (!request.method().equals(HttpMethod.POST)) {
            return "an upgrade is asked for by POST";
        }
        if (!Upgrade.TOKEN.equalsIgnoreCase(request.headers().get(HttpHeaderNames.UPGRADE))
                || !request.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)) {
            return "no upgrade to " + Upgrade.TOKEN + " is asked for; a proxy on the way may have removed the header";
        }
        return request.headers().contains(Upgrade.HANDSHAKE_HEADER) ? null : "no " + Upgrade.HANDSHAKE_HEADER;
    }

    /** One write for all: the switch, the response, and the settings of HTTP/2. */
    private void establish(Channel channel, ServerHandshake.Response response, MachineKey machine) {
        counters.handshakes.increment();
        switchProtocols(channel, Unpooled.wrappedBuffer(response.message()));
        ChannelPipeline pipeline = channel.pipeline();
        InetAddress from = ((InetSocketAddress) channel.remoteAddress()).getAddress();
        MachineConnection connection = new MachineConnection(machine, from, pools.store(), budget, limits, counters);
        pipeline.addLast(new IdleStateHandler(limits.silence().toMillis(), 0, 0, TimeUnit.MILLISECONDS));
        pipeline.addLast(new RecordCodec(response.keys()));
        pipeline.remove(HTTP_CODEC); // before HTTP/2, which writes its settings at once
        pipeline.addLast(new FloodGuard(connection));
        InnerHttp2.addCoordinator(
                pipeline,
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel request) {
                        connection.onRequest(request);
                        request.pipeline().addLast(new MachineRequest(routes, connection));
                    }
                },
                refusals);
        pipeline.addLast(connection);
        connections.add(
                machine, channel); // before the machine knows, and makes another: they are in the order it made them
        channel.flush();
    }

    private static void switchProtocols(Channel channel, ByteBuf behind) {
        FullHttpResponse head =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        head.headers()
                .set(HttpHeaderNames.UPGRADE, Upgrade.TOKEN)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
        channel.write(head).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        ChannelHandlerContext codec = channel.pipeline().context(HTTP_CODEC);
        codec.write(behind).addListener(ChannelFutureListener.CLOSE_ON_FAILURE); // past the codec, as it is
    }

    /** By the handshake's own error, whose text the node shows; a status of HTTP would be a failed dial to it. */
    private static void tellTooOld(Channel channel, int version) {
        switchProtocols(channel, Unpooled.wrappedBuffer(ErrorMessage.encode(TooOld.text(version))));
        channel.pipeline()
                .context(HTTP_CODEC)
                .writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener(ChannelFutureListener.CLOSE);
    }

    private static void refuse(Channel channel, HttpResponseStatus status, String why) {
        respond(channel, status, "text/plain; charset=utf-8", why.getBytes(StandardCharsets.UTF_8));
    }

    private static void respond(Channel channel, HttpResponseStatus status, String type, byte[] body) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, type)
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    /** To be closed after the listener: lets the work under way end. */
    @Override
    public void close() {
        pools.close();
    }
}
