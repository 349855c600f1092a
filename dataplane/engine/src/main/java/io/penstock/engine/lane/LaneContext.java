package io.penstock.engine.lane;

import io.penstock.engine.io.TunPort;
import io.penstock.wireguard.peer.IndexTable;
import io.penstock.wireguard.route.AllowedIps;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the paths of one lane share.
 *
 * @param wire null where nobody finds the paths to the peers
 */
record LaneContext(
        TunPort tun,
        AllowedIps allowedIps,
        IndexTable indexTable,
        DropCounters drops,
        Workers workers,
        UnsafeBuffer stagingPool,
        int mtu,
        @Nullable WireRings wire) {}
