package io.penstock.node.coordination;

import io.netty.channel.EventLoop;
import io.penstock.node.coordination.core.MapReader;
import io.penstock.node.coordination.core.NetMapReader;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/**
 * What a client needs of the process that it runs in. May be shared by any number of clients.
 *
 * @param loop of NIO; the one thread on which everything happens
 * @param x25519 for use on that thread
 * @param entropy for use on that thread
 * @param resolver looks names up, each on a thread that may wait
 * @param clock of the map: when peers were seen
 * @param maps what is made of map streams
 */
public record ClientPlatform(
        EventLoop loop,
        X25519 x25519,
        Entropy entropy,
        Executor resolver,
        InstantSource clock,
        MapReader.Factory maps) {
    /** For a node that lives by its maps. */
    public static ClientPlatform of(EventLoop loop, X25519 x25519, Entropy entropy) {
        return new ClientPlatform(
                loop,
                x25519,
                entropy,
                lookup -> Thread.ofVirtual().name("resolver").start(lookup),
                InstantSource.system(),
                NetMapReader::new);
    }
}
