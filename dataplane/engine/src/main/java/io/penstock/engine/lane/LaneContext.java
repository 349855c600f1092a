package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.io.TunPort;
import io.penstock.engine.io.UdpPort;
import io.penstock.wireguard.peer.IndexTable;
import io.penstock.wireguard.route.AllowedIps;
import org.agrona.concurrent.UnsafeBuffer;

/** What the paths of one lane share. */
record LaneContext(
        TunPort tun,
        UdpPort udp,
        AllowedIps allowedIps,
        IndexTable indexTable,
        AeadEngine aead,
        DropCounters drops,
        ControlProxy control,
        UnsafeBuffer stagingPool,
        int mtu) {}
