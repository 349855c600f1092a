package io.penstock.cli.live.nat;

import io.penstock.engine.SystemEntropy;
import io.penstock.node.portmap.Gateway;
import io.penstock.node.portmap.PortMapDriver;
import io.penstock.node.portmap.core.PortMapKind;
import java.io.IOException;
import java.util.Set;

/**
 * Asks the router of the host that it runs on for a port, and says what it got, a line each time. Ends the mapping and itself when
 * its input does. Arguments: the port, the protocol.
 */
public final class PortMapProgram {
    private PortMapProgram() {}

    public static void main(String[] arguments) throws IOException {
        PortMapKind kind = PortMapKind.valueOf(arguments[1]);
        PortMapDriver driver = PortMapDriver.start(
                Set.of(kind),
                new SystemEntropy(),
                Gateway::ofSystem,
                (external, view) -> System.out.println((external == null ? "none" : external) + " " + view));
        driver.onPort(Integer.parseInt(arguments[0]));
        while (System.in.read() >= 0) {
            // until the end
        }
        driver.close();
        System.out.println("ended");
    }
}
