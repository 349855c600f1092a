package io.penstock.bench;

import io.penstock.engine.memory.KeyVault;
import io.penstock.ffm.ErrnoException;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.CookieChecker;
import io.penstock.wireguard.noise.CookieGenerator;
import io.penstock.wireguard.noise.Handshake;
import io.penstock.wireguard.noise.InitiationConsumer;
import io.penstock.wireguard.noise.Noise;
import io.penstock.wireguard.noise.StaticIdentity;
import io.penstock.wireguard.noise.TimestampSource;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** One end of a handshake: what a device has for one peer, with keys in locked memory. Owned by one thread. */
final class End implements AutoCloseable {
    private static final long STEP_NS = 25_000_000; // between two initiations: closer ones are refused

    private final KeyVault vault = new KeyVault(1 << 20);
    private final StaticIdentity identity;
    private final InitiationConsumer consumer;
    private final CookieChecker checker;
    private final Handshake handshake;
    private final CookieGenerator generator;
    private final TimestampSource timestamps = new TimestampSource();
    private final UnsafeBuffer sendKey = vault.allocate(32);
    private final UnsafeBuffer receiveKey = vault.allocate(32);
    private long nowNs;

    /** @param seed of the randomness: a benchmark wants the same keys in every run, and nobody uses them */
    End(X25519 x25519, byte[] privateKey, byte[] peer, long seed) throws ErrnoException {
        Random random = new Random(seed);
        Noise noise = new Noise(
                new Entropy() {
                    @Override
                    public void fill(byte[] bytes) {
                        random.nextBytes(bytes);
                    }

                    @Override
                    public int nextInt() {
                        return random.nextInt();
                    }
                },
                x25519,
                vault);
        identity = new StaticIdentity(noise, privateKey);
        consumer = new InitiationConsumer(noise);
        checker = new CookieChecker(noise);
        PublicKey remote = PublicKey.of(peer);
        handshake = new Handshake(noise, remote);
        handshake.identity(identity);
        generator = new CookieGenerator(noise, remote);
        timestamps.setWallClock(0, 1_700_000_000L, 0);
    }

    /** Time passes, enough for the next initiation. */
    void step() {
        nowNs += STEP_NS;
    }

    void createInitiation(Initiation message) {
        if (!handshake.createInitiation(message, 1, timestamps, nowNs)) {
            throw new IllegalStateException("no initiation");
        }
        generator.addMacs(message, nowNs);
    }

    void consumeInitiation(Initiation message) {
        PublicKey key = checker.checkMac1(identity, message) ? consumer.openStatic(identity, message) : null;
        DropReason dropped = key == null ? DropReason.INITIATION_STATIC_INVALID : consumer.consume(handshake, nowNs);
        require(dropped);
    }

    void createResponse(Response message) {
        if (!handshake.createResponse(message, 2)) {
            throw new IllegalStateException("no response");
        }
        generator.addMacs(message, nowNs);
    }

    void consumeResponse(Response message) {
        require(
                checker.checkMac1(identity, message)
                        ? handshake.consumeResponse(message)
                        : DropReason.RESPONSE_INVALID);
    }

    /** Leaves the keys where their addresses are known, as a keypair does. */
    void deriveKeys() {
        handshake.deriveTransportKeys(sendKey, receiveKey);
    }

    private static void require(@Nullable DropReason dropped) {
        if (dropped != null) {
            throw new IllegalStateException("a message was dropped: " + dropped);
        }
    }

    @Override
    public void close() {
        vault.close();
    }
}
