package io.penstock.transport;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.ts2021.ClientHandshake;
import io.penstock.protocol.ts2021.ServerHandshake;
import io.penstock.protocol.ts2021.SessionKeys;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.util.Arrays;
import java.util.HexFormat;

/** The keys of both ends after a handshake. */
record Sides(SessionKeys node, SessionKeys coordinator) {
    static final X25519 DH = new BouncyCastleX25519();
    static final int VERSION = 145;

    /** Of {@link #ofTheVector}. */
    static final byte[] NODE_TO_COORDINATOR =
            HexFormat.of().parseHex("97bb1ff1b3c0030ed1e8f7d54ad3728ad885ba618751ae88d5a752c3c5f31027");

    static Sides of(long seed) {
        Seeded entropy = new Seeded(seed);
        return of(PrivateKey.generate(entropy), PrivateKey.generate(entropy), entropy, entropy);
    }

    /** Keys that are one byte, repeated. */
    static Sides ofTheVector() {
        return of(PrivateKey.of(repeated(0x11)), PrivateKey.of(repeated(0x22)), fill(0x33), fill(0x44));
    }

    private static Sides of(PrivateKey key, PrivateKey machine, Entropy nodes, Entropy coordinators) {
        MachineKey publicKey = new MachineKey(key.publicKey(DH));
        ClientHandshake client = new ClientHandshake(DH, nodes, machine, publicKey, VERSION);
        ServerHandshake server = new ServerHandshake(DH, key, publicKey);
        if (server.consumeInitiation(client.initiation()) instanceof ServerHandshake.Outcome.Opened) {
            ServerHandshake.Response response = server.respond(coordinators);
            if (client.consume(response.message()) instanceof ClientHandshake.Outcome.Established established) {
                return new Sides(established.keys(), response.keys());
            }
        }
        throw new AssertionError("no handshake");
    }

    private static byte[] repeated(int value) {
        byte[] bytes = new byte[PrivateKey.LENGTH];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static Entropy fill(int value) {
        return new Entropy() {
            @Override
            public void fill(byte[] bytes) {
                Arrays.fill(bytes, (byte) value);
            }

            @Override
            public int nextInt() {
                return value;
            }
        };
    }
}
