package io.penstock.node.daemon;

import io.penstock.node.coordination.CoordinationClient;
import io.penstock.node.coordination.CoordinationLoop;
import io.penstock.node.coordination.CoordinatorAddress;
import io.penstock.node.coordination.Trust;
import io.penstock.node.coordination.core.CoordinationEvent;
import io.penstock.node.coordination.core.NodeStatus;
import io.penstock.node.daemon.core.NodeAction;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import java.io.IOException;
import java.net.URI;
import java.util.function.Consumer;

/** Over the network. */
final class RealCoordinating implements Coordinating.Factory {
    private final CoordinationLoop loop;

    RealCoordinating(X25519 x25519, Entropy entropy) {
        loop = new CoordinationLoop(x25519, entropy);
    }

    @Override
    public Coordinating start(
            NodeAction.StartCoordination how, PrivateKey machine, Consumer<CoordinationEvent> listener)
            throws IOException {
        Trust trust = how.pin().isEmpty() ? new Trust.BySystem() : new Trust.Pinned(how.pin());
        CoordinationClient client = CoordinationClient.start(
                new CoordinatorAddress(URI.create(how.url()), trust),
                loop.platform(),
                machine,
                how.settings(),
                how.status(),
                listener);
        return new Coordinating() {
            @Override
            public void report(NodeStatus status) {
                client.report(status);
            }

            @Override
            public void rotateTo(NodeKey key, String authKey) {
                client.rotateTo(key, authKey);
            }

            @Override
            public void logout() {
                client.logout();
            }

            @Override
            public void onNetworkChanged(boolean isElsewhere) {
                client.onNetworkChanged(isElsewhere);
            }

            @Override
            public void close() {
                client.close();
            }
        };
    }

    @Override
    public void close() {
        loop.close();
    }
}
