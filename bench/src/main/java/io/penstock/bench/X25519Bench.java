package io.penstock.bench;

import io.penstock.engine.aead.NativeX25519;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** All get keys as byte arrays and hand out byte arrays: what a handshake has and wants. */
@Question(value = "How long does the key agreement take?", baseline = "implementation=jdk")
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameter and calls setUp
public class X25519Bench {
    @Param({"libcrypto", "bouncycastle", "jdk"})
    public String implementation;

    private final byte[] privateKey = new byte[32];
    private final byte[] publicKey = new byte[32];
    private final byte[] out = new byte[32];
    private X25519 x25519;

    /** The implementation of that name; libcrypto's must be there. */
    static X25519 named(String name) throws GeneralSecurityException {
        return switch (name) {
            case "libcrypto" ->
                NativeX25519.choose(reason -> {
                    throw new IllegalStateException(reason);
                });
            case "bouncycastle" -> new BouncyCastleX25519();
            default -> new JdkX25519();
        };
    }

    @Setup(Level.Trial)
    public void setUp() throws GeneralSecurityException {
        Random random = new Random(1);
        random.nextBytes(privateKey);
        byte[] peer = new byte[32];
        random.nextBytes(peer);
        x25519 = named(implementation);
        x25519.publicKey(peer, publicKey);
        byte[] expected = new byte[32];
        new BouncyCastleX25519().agree(privateKey, publicKey, expected);
        if (!HexFormat.of().formatHex(agree()).equals(HexFormat.of().formatHex(expected))) {
            throw new IllegalStateException(implementation + " agrees on something else");
        }
    }

    @Benchmark
    public byte[] agree() {
        if (!x25519.agree(privateKey, publicKey, out)) {
            throw new IllegalStateException("a point of low order");
        }
        return out;
    }

    @Benchmark
    public byte[] publicKey() {
        x25519.publicKey(privateKey, out);
        return out;
    }
}
