package io.penstock.node.host;

import io.penstock.ffm.LibC;
import io.penstock.ffm.tun.Tun;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A process with a tunnel of its own that makes a gateway's changes, and dies by SIGKILL instead of making one of them. Arguments: the
 * state folder, and how many changes it makes; the name of the settings.
 */
final class HostVictim {
    private static final int SIGKILL = 9;

    private HostVictim() {}

    public static void main(String[] arguments) throws IOException {
        int changes = Integer.parseInt(arguments[1]);
        HostSettings settings = arguments[2].equals("exit")
                ? GatewayLab.exit().build()
                : GatewayLab.gateway().build();
        try (Tun tun = Tun.open("mesh", 0);
                Host host = new Host(new Deadly(new LinuxHost(), changes), Path.of(arguments[0]))) {
            host.apply(settings);
            System.out.println("done at " + tun.name());
        }
    }

    private static final class Deadly implements HostAccess {
        private final HostAccess access;
        private int changesLeft;

        Deadly(HostAccess access, int changes) {
            this.access = access;
            changesLeft = changes;
        }

        @Override
        public HostView view() throws IOException {
            return access.view();
        }

        @Override
        public void make(HostChange change) throws IOException {
            if (changesLeft-- == 0) {
                LibC libc = new LibC();
                libc.kill(libc.getpid(), SIGKILL);
            }
            access.make(change);
        }

        @Override
        public String lifetime() throws IOException {
            return access.lifetime();
        }

        @Override
        public void close() {
            access.close();
        }
    }
}
