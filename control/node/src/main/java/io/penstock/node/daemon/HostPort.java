package io.penstock.node.daemon;

import io.penstock.node.host.Host;
import io.penstock.node.host.HostPlan;
import io.penstock.node.host.HostSettings;
import io.penstock.node.host.HostWatch;
import io.penstock.node.route.Networks;
import java.io.IOException;
import java.nio.file.Path;

/** The host of a node. For the node's thread; a seam for tests without root. */
interface HostPort extends AutoCloseable {
    /** Opens it, on the thread that it belongs to from then on. */
    @FunctionalInterface
    interface Factory {
        HostPort open(Path stateFolder) throws IOException;
    }

    /** What it is connected to by other interfaces than this one. */
    Networks networks(String interfaceName) throws IOException;

    /**
     * Has a thread tell when something may be other than before, and when it does not tell any more.
     *
     * @throws IOException if the kernel does not let us
     */
    HostWatch watch(Runnable onChange, Runnable onEnd) throws IOException;

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
            public Networks networks(String interfaceName) throws IOException {
                return host.networks(interfaceName);
            }

            @Override
            public HostWatch watch(Runnable onChange, Runnable onEnd) throws IOException {
                return HostWatch.open(onChange, onEnd);
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
