package io.penstock.bench;

import io.penstock.ffm.ErrnoException;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;
import java.security.GeneralSecurityException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The four steps of a handshake with their MACs, each with what it needs made just before, outside the time; stopping the clock for
 * that adds two clock reads to each. The last step derives the transport keys too.
 */
@Question(value = "How long does each message of a handshake take?", baseline = "x25519=bouncycastle", unit = "message")
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameter and calls setUp
public class HandshakeBench {
    @Param({"libcrypto", "bouncycastle"})
    public String x25519;

    private final Initiation initiation = new Initiation().wrap(new UnsafeBuffer(new byte[Initiation.LENGTH]), 0);
    private final Response response = new Response().wrap(new UnsafeBuffer(new byte[Response.LENGTH]), 0);
    private End initiator;
    private End responder;

    @Setup(Level.Trial)
    public void setUp() throws GeneralSecurityException, ErrnoException {
        X25519 agreement = X25519Bench.named(x25519);
        byte[] first = new byte[32];
        byte[] second = new byte[32];
        new Random(1).nextBytes(first);
        new Random(2).nextBytes(second);
        byte[] firstPublic = new byte[32];
        byte[] secondPublic = new byte[32];
        agreement.publicKey(first, firstPublic);
        agreement.publicKey(second, secondPublic);
        initiator = new End(agreement, first, secondPublic, 3);
        responder = new End(agreement, second, firstPublic, 4);
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        initiator.close();
        responder.close();
    }

    /** An initiation waits for the responder. */
    @State(Scope.Thread)
    public static class Initiated {
        private HandshakeBench bench; // JMH's own "this" is another one

        @Setup(Level.Invocation)
        public void setUp(HandshakeBench bench) {
            this.bench = bench;
            bench.initiate();
        }
    }

    /** The responder has consumed an initiation. */
    @State(Scope.Thread)
    public static class Consumed {
        private HandshakeBench bench;

        @Setup(Level.Invocation)
        public void setUp(HandshakeBench bench) {
            this.bench = bench;
            bench.initiate();
            bench.responder.consumeInitiation(bench.initiation);
        }
    }

    /** A response waits for the initiator. */
    @State(Scope.Thread)
    public static class Responded {
        private HandshakeBench bench;

        @Setup(Level.Invocation)
        public void setUp(HandshakeBench bench) {
            this.bench = bench;
            bench.initiate();
            bench.responder.consumeInitiation(bench.initiation);
            bench.responder.createResponse(bench.response);
        }
    }

    private void initiate() {
        initiator.step();
        responder.step();
        initiator.createInitiation(initiation);
    }

    @Benchmark
    public Initiation createInitiation() {
        initiator.step();
        initiator.createInitiation(initiation);
        return initiation;
    }

    @Benchmark
    public Initiation consumeInitiation(Initiated ready) {
        ready.bench.responder.consumeInitiation(ready.bench.initiation);
        return ready.bench.initiation;
    }

    @Benchmark
    public Response createResponse(Consumed ready) {
        ready.bench.responder.createResponse(ready.bench.response);
        return ready.bench.response;
    }

    @Benchmark
    public Response consumeResponse(Responded ready) {
        ready.bench.initiator.consumeResponse(ready.bench.response);
        ready.bench.initiator.deriveKeys();
        return ready.bench.response;
    }

    /** All of it at both ends. */
    @Benchmark
    public Response whole() {
        initiate();
        responder.consumeInitiation(initiation);
        responder.createResponse(response);
        initiator.consumeResponse(response);
        initiator.deriveKeys();
        responder.deriveKeys();
        return response;
    }
}
