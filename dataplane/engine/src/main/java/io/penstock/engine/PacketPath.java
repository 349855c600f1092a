package io.penstock.engine;

import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.aead.AeadEngines;
import io.penstock.engine.aead.EngineUnavailableException;
import io.penstock.engine.io.LinuxTunPort;
import io.penstock.engine.io.LinuxUdpPort;
import io.penstock.engine.io.TunPort;
import io.penstock.engine.io.UdpSockets;
import io.penstock.engine.lane.Lane;
import io.penstock.engine.lane.Lanes;
import io.penstock.engine.lane.OffloadEvents;
import io.penstock.engine.lane.SleepState;
import io.penstock.engine.lane.WireRings;
import io.penstock.engine.lane.Workers;
import io.penstock.ffm.LibC;
import io.penstock.ffm.tun.Tun;
import io.penstock.wireguard.Device;
import java.io.IOException;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the lanes and workers of a tunnel, each thread with calls, ports and a cipher engine of its own.
 *
 * @param laneCalls asked once for each lane
 * @param wire null where nobody finds the paths to the peers
 */
record PacketPath(
        Logger log,
        Supplier<LibC> laneCalls,
        Device device,
        SleepState control,
        OffloadEvents events,
        Runnable onFailure,
        @Nullable WireRings wire) {
    /**
     * Opens a lane for each queue, and the workers; nothing runs yet.
     *
     * @param aead of the first lane; closed with it, like those opened here
     */
    Lanes open(List<Tun> queues, AeadEngine aead, int workerCount) throws IOException, EngineUnavailableException {
        List<Lane> lanes = new ArrayList<>();
        List<AeadEngine> engines = new ArrayList<>();
        Workers workers = Workers.NONE;
        try {
            for (int i = 0; i < workerCount; i++) {
                engines.add(AeadEngines.another(aead));
            }
            if (workerCount > 0) {
                workers = new Workers(log, engines, onFailure);
            }
            for (int i = 0; i < queues.size(); i++) {
                lanes.add(lane(queues, i, i == 0 ? aead : AeadEngines.another(aead), workers));
            }
        } catch (IOException | EngineUnavailableException | RuntimeException e) {
            lanes.forEach(Lane::close);
            engines.forEach(AeadEngine::close);
            throw e;
        }
        return new Lanes(lanes, workers);
    }

    private Lane lane(List<Tun> queues, int number, AeadEngine aead, Workers workers) throws IOException {
        LibC calls = laneCalls.get();
        TunPort[] ports = new TunPort[queues.size()];
        for (int i = 0; i < ports.length; i++) {
            ports[i] = new LinuxTunPort(calls, queues.get(i), log);
        }
        LinuxUdpPort udp = new LinuxUdpPort(calls, UdpSockets.NONE, 0, _ -> {});
        return new Lane(
                log,
                calls,
                ports,
                number,
                udp,
                aead,
                device,
                control,
                events,
                TunnelOptions.DEFAULT_MTU,
                onFailure,
                workers,
                wire);
    }
}
