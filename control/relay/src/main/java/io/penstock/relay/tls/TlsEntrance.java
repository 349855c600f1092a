package io.penstock.relay.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import javax.net.ssl.SSLException;

/**
 * TLS of a listener. While an authority looks for proof that a name is ours, each connection's first message is looked at before it is
 * known who answers; else it goes straight to TLS. Thread-safe.
 */
public final class TlsEntrance {
    /** A first message of a client with many key shares has some 2 KB. */
    private static final int MAX_HELLO = 16 << 10;

    private final SslContext usual;
    private final ChallengeCertificates proofs;

    /**
     * With these certificates.
     *
     * @throws SSLException if there can be no TLS
     */
    public TlsEntrance(CertificateChoice choice, ChallengeCertificates proofs) throws SSLException {
        usual = SslContextBuilder.forServer(choice)
                .sslProvider(TlsEngine.choose())
                .protocols("TLSv1.3", "TLSv1.2")
                .build();
        this.proofs = proofs;
    }

    /** Of a listener whose certificate nobody has to prove anything for. */
    public TlsEntrance(CertificateChoice choice) throws SSLException {
        this(choice, new ChallengeCertificates());
    }

    /** Adds TLS to the end of a new connection's pipeline. */
    public void addTo(ChannelPipeline pipeline) {
        if (proofs.isExpecting()) {
            pipeline.addLast(new FirstMessage());
        } else {
            pipeline.addLast(usual.newHandler(pipeline.channel().alloc()));
        }
    }

    /** Puts the right TLS in its own place. */
    private final class FirstMessage extends SslClientHelloHandler<SslContext> {
        FirstMessage() {
            super(MAX_HELLO);
        }

        @Override
        protected Future<SslContext> lookup(ChannelHandlerContext context, ByteBuf message) {
            ClientHello hello = message == null ? null : ClientHello.read(message);
            SslContext chosen =
                    hello == null || hello.name() == null || !hello.isChallenge() ? null : proofs.context(hello.name());
            return context.executor().newSucceededFuture(chosen == null ? usual : chosen);
        }

        @Override
        protected void onLookupComplete(ChannelHandlerContext context, Future<SslContext> found) {
            SslContext chosen = found.getNow();
            if (chosen != usual) {
                context.pipeline().addAfter(context.name(), null, new Ended());
            }
            context.pipeline().replace(this, null, chosen.newHandler(context.alloc()));
        }
    }

    /** Ends an authority's connection with its handshake: nothing else may come by it (RFC 8737 section 3). */
    private static final class Ended extends ChannelInboundHandlerAdapter {
        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent) {
                context.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            } else {
                context.fireUserEventTriggered(event);
            }
        }
    }
}
