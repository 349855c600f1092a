package io.penstock.node.daemon;

import io.penstock.node.host.Host;
import io.penstock.node.host.HostPlan;
import io.penstock.node.host.HostSettings;
import io.penstock.node.route.Connected;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The host of a node. For the node's thread; a seam for tests without root. */
interface HostPort extends AutoCloseable {
    /** Opens it, on the thread that it belongs to from then on. */
    @FunctionalInterface
    interface Factory {
        HostPort open(Path stateFolder) throws IOException;
    }

    /** Networks that it is connected to, but by this interface. */
    List<Connected> connected(String interfaceName) throws IOException;

    /** What {@link #apply} would do. */
    HostPlan plan(HostSettings settings) throws IOException;

    /** Makes it look like this. */
    HostPlan apply(HostSettings settings) throws IOException;

    /** Puts it back as it was. */
    HostPlan undo() throws IOException;

    @Override
    void close();

    /** The real one. */
    static HostPort open(Path stateFolder) throws IOException {
        Host host = Host.open(stateFolder);
        return new HostPort() {
            @Override
            public List<Connected> connected(String interfaceName) throws IOException {
                return host.connected(interfaceName);
            }

            @Override
            public HostPlan plan(HostSettings settings) throws IOException {
                return host.plan(settings);
            }

            @Override
            public HostPlan apply(HostSettings settings) throws IOException {
                return host.apply(settings);
            }

            @Override
            public HostPlan undo() throws IOException {
                return host.undo();
            }

            @Override
            public void close() {
                host.close();
            }
        };
    }
}
