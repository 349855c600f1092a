package io.penstock.sim.path;

import io.penstock.sim.net.Host;
import io.penstock.sim.net.Lan;
import io.penstock.sim.net.Nat;
import io.penstock.sim.net.NatKind;
import io.penstock.sim.net.NatKind.Depends;
import io.penstock.sim.net.NatKind.Hairpin;
import io.penstock.sim.net.Router;
import io.penstock.wireguard.Endpoint;
import java.util.List;

/** Whether two hosts can reach each other directly, when both do what they can and know what they can. Stateless. */
final class Theory {
    private Theory() {}

    static boolean isDirectPossible(Host a, Host b) {
        if (a.place() != null && a.place() == b.place() && a.place() instanceof Lan) {
            return true;
        }
        if (isBlocked(a) || isBlocked(b)) {
            return false;
        }
        if (has(a, true) && has(b, true)) {
            return true; // nothing is translated, and both open their firewalls
        }
        return has(a, false) && has(b, false) && isPossibleInV4(a, b);
    }

    private static boolean has(Host host, boolean v6) {
        return host.addresses().stream().anyMatch(address -> address.isV6() == v6);
    }

    private static boolean isBlocked(Host host) {
        return host.place() == null || host.routers().stream().anyMatch(router -> router.isUdpBlocked);
    }

    private static boolean isPossibleInV4(Host a, Host b) {
        List<Router> common = a.routers().stream().filter(b.routers()::contains).toList();
        if (!common.isEmpty()) {
            // Each knows the other by what is seen from the internet, so it has to come back where it leaves.
            return isNated(common.getLast())
                    ? natOf(common.getLast()).hairpin() == Hairpin.YES && isEasy(a) && isEasy(b)
                    : isEasy(a) && isEasy(b);
        }
        if (isEasy(a) && isEasy(b)) {
            return true;
        }
        if (isEasy(a) || isEasy(b)) {
            // The easy one is known; it does not know from which port the hard one will come.
            return filtering(isEasy(a) ? a : b) != Depends.ADDRESS_AND_PORT;
        }
        return false;
    }

    private static boolean isNated(Router router) {
        return router.nat() != null;
    }

    private static NatKind natOf(Router router) {
        Nat nat = router.nat();
        if (nat == null) {
            throw new IllegalArgumentException("no NAT");
        }
        return nat.kind();
    }

    /** Whether it comes from one address and port, whomever it sends to. */
    static boolean isEasy(Host host) {
        return host.routers().stream()
                .allMatch(router -> !isNated(router) || natOf(router).mapping() == Depends.NOTHING);
    }

    /** The strictest filter on its way. */
    private static Depends filtering(Host host) {
        if (host.hasFirewall()) {
            return Depends.ADDRESS_AND_PORT;
        }
        Depends strictest = Depends.NOTHING;
        for (Router router : host.routers()) {
            Depends one = isNated(router) ? natOf(router).filtering() : Depends.ADDRESS_AND_PORT;
            if (one.compareTo(strictest) > 0) {
                strictest = one;
            }
        }
        return strictest;
    }

    /** The address that others see it at, for those that are told. */
    static String describe(Host host) {
        StringBuilder out = new StringBuilder();
        for (Router router : host.routers()) {
            out.append(router.isUdpBlocked ? "no UDP, " : "")
                    .append(isNated(router) ? natOf(router).toString() : "firewall")
                    .append(' ');
        }
        for (Endpoint address : host.addresses()) {
            out.append(address).append(' ');
        }
        return out.append(host.hasFirewall() ? "own firewall" : "").toString().trim();
    }
}
