package io.penstock.fleet;

import io.netty.channel.EventLoop;
import io.penstock.node.coordination.ClientPlatform;
import io.penstock.node.coordination.CoordinationClient;
import io.penstock.node.coordination.CoordinatorAddress;
import io.penstock.node.coordination.core.CoordinationEvent;
import io.penstock.node.coordination.core.NodeSettings;
import io.penstock.node.coordination.core.NodeStatus;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.NetInfo;
import io.penstock.protocol.ts2021.CapabilityVersion;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** One node of the fleet. */
final class Member {
    private static final int HOME_RELAY = 900;

    private final int number;
    private final int group;
    private final PrivateKey machine;
    private final NodeKey key;
    private final DiscoKey discoKey;
    private final Fleet fleet;
    private volatile boolean following;
    private volatile @Nullable CoordinationClient client;

    Member(int number, int group, Fleet fleet, X25519 x25519, Entropy entropy) {
        this.number = number;
        this.group = group;
        this.fleet = fleet;
        machine = PrivateKey.generate(entropy);
        key = new NodeKey(PrivateKey.generate(entropy).publicKey(x25519));
        discoKey = new DiscoKey(PrivateKey.generate(entropy).publicKey(x25519));
    }

    int number() {
        return number;
    }

    int group() {
        return group;
    }

    /** Whether it has a map of its present stream. */
    boolean isFollowing() {
        return following;
    }

    void start(
            CoordinatorAddress address,
            EventLoop loop,
            FrameScanner scanner,
            String authKey,
            X25519 x25519,
            Entropy entropy)
            throws SSLException {
        ClientPlatform usual = ClientPlatform.of(loop, x25519, entropy);
        ClientPlatform platform = new ClientPlatform(
                loop,
                x25519,
                entropy,
                usual.resolver(),
                usual.clock(),
                () -> new MarkReader(scanner, this::onMark, fleet.traffic()));
        NodeSettings settings = new NodeSettings(key, null, authKey, false, CapabilityVersion.OURS);
        client = CoordinationClient.start(
                address, platform, machine, settings, status("198.51.100.1:41641"), this::onEvent);
    }

    private NodeStatus status(String endpoint) {
        Hostinfo hostinfo = Hostinfo.builder()
                .os("linux")
                .hostname("fleet-" + number)
                .backendLogId("none")
                .ipnVersion("fleet")
                .netInfo(NetInfo.builder().preferredDerp(HOME_RELAY).build())
                .build();
        return new NodeStatus(hostinfo, discoKey, List.of(Endpoint.parse(endpoint)), List.of(MapRequest.ENDPOINT_STUN));
    }

    void moveTo(String endpoint) {
        Objects.requireNonNull(client).report(status(endpoint));
    }

    private void onMark(long mark) {
        if (mark == MarkReader.BEGUN) {
            following = true;
            fleet.onFollowing();
        } else {
            fleet.onMark(this, mark);
        }
    }

    private void onEvent(CoordinationEvent event) {
        switch (event) {
            case CoordinationEvent.Failed failed -> {
                if (following) {
                    following = false;
                    fleet.onLost();
                }
                fleet.onProblem(failed.problem());
            }
            case CoordinationEvent.LoginNeeded login -> fleet.onRefused("a login is asked for");
            case CoordinationEvent.KeyExpired expired -> fleet.onRefused("a key has expired");
            case CoordinationEvent.Connected connected -> {}
            case CoordinationEvent.Registered registered -> {}
            case CoordinationEvent.MapChanged map -> {}
            case CoordinationEvent.LoggedOut out -> {}
            case CoordinationEvent.Faulted fault -> fleet.onRefused(fault.what());
        }
    }

    /** Ends its connection, if it was ever started. */
    void close() {
        CoordinationClient started = client;
        if (started != null) {
            started.close();
        }
    }
}
