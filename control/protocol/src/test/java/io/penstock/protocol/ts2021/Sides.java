package io.penstock.protocol.ts2021;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;

/** A node and a coordinator with known keys, up to and after their handshake. */
final class Sides {
    static final X25519 DH = new BouncyCastleX25519();

    final PrivateKey coordinator;
    final MachineKey coordinatorPublic;
    final PrivateKey machine;
    final MachineKey machinePublic;
    final ClientHandshake client;
    final ServerHandshake server;

    Sides(Entropy entropy, int version) {
        this(PrivateKey.generate(entropy), PrivateKey.generate(entropy), entropy, version);
    }

    Sides(PrivateKey coordinator, PrivateKey machine, Entropy clientEntropy, int version) {
        this.coordinator = coordinator;
        this.machine = machine;
        coordinatorPublic = new MachineKey(coordinator.publicKey(DH));
        machinePublic = new MachineKey(machine.publicKey(DH));
        client = new ClientHandshake(DH, clientEntropy, machine, coordinatorPublic, version);
        server = new ServerHandshake(DH, coordinator, coordinatorPublic);
    }

    /** The keys of both after a good handshake: the node's, the coordinator's. */
    SessionKeys[] shakeHands(Entropy serverEntropy) {
        if (!(server.consumeInitiation(client.initiation()) instanceof ServerHandshake.Outcome.Opened)) {
            throw new AssertionError("initiation refused");
        }
        ServerHandshake.Response response = server.respond(serverEntropy);
        if (client.consume(response.message()) instanceof ClientHandshake.Outcome.Established established) {
            return new SessionKeys[] {established.keys(), response.keys()};
        }
        throw new AssertionError("response refused");
    }
}
