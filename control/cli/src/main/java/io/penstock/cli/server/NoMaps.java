package io.penstock.cli.server;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.message.MapRequest;
import io.penstock.server.map.MapSource;

/** A coordinator without an engine for maps: nodes register, and are told to come back later for their map. Stateless. */
final class NoMaps implements MapSource {
    @Override
    public Opened open(MachineKey machine, MapRequest request, Runnable wake) {
        return new Opened.Overloaded();
    }

    /** Nobody may be taken for gone who could not stay. */
    @Override
    public boolean isConnected(long nodeId) {
        return true;
    }
}
