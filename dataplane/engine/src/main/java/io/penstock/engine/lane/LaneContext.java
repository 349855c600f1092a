package io.penstock.engine.lane;

import io.penstock.engine.io.TunPort;
import io.penstock.wireguard.peer.IndexTable;
import io.penstock.wireguard.route.AllowedIps;
import org.agrona.concurrent.UnsafeBuffer;

/** What the paths of one lane share. */
record LaneContext(
        TunPort tun,
        AllowedIps allowedIps,
        IndexTable indexTable,
        DropCounters drops,
        Workers workers,
        UnsafeBuffer stagingPool,
        int mtu) {}
