package io.penstock.node.host;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.ethtool.LinkFeatures;
import io.penstock.ffm.netlink.Addresses;
import io.penstock.ffm.netlink.IpNetwork;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import io.penstock.ffm.netlink.Routes;
import io.penstock.ffm.netlink.Rtnetlink;
import io.penstock.ffm.netlink.Rules;
import io.penstock.node.host.HostItem.Address;
import io.penstock.node.host.HostItem.Forwarding;
import io.penstock.node.host.HostItem.Mtu;
import io.penstock.node.host.HostItem.Nft;
import io.penstock.node.host.HostItem.Offload;
import io.penstock.node.host.HostItem.Route;
import io.penstock.node.host.HostItem.Rule;
import io.penstock.node.host.HostItem.Sysctl;
import io.penstock.node.host.HostItem.Up;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The host that this process is on, in the network namespace of the thread that makes it; by rtnetlink, /proc/sys, the ethtool ioctl
 * and nft(8). One thread.
 */
final class LinuxHost implements HostAccess {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path NAMESPACE = Path.of("/proc/thread-self/ns/net");

    private final Netlink netlink;
    private final Links links;
    private final Addresses addresses;
    private final Routes routes;
    private final Rules rules;
    private final LinkFeatures features;
    private final NftProgram nft = new NftProgram();

    LinuxHost() throws IOException {
        netlink = Netlink.open();
        try {
            features = LinkFeatures.open();
        } catch (ErrnoException e) {
            netlink.close();
            throw e;
        }
        links = new Links(netlink);
        addresses = new Addresses(netlink);
        routes = new Routes(netlink);
        rules = new Rules(netlink);
    }

    @Override
    public String lifetime() throws IOException {
        return "boot " + Files.readString(BOOT_ID).strip() + ' ' + Files.readSymbolicLink(NAMESPACE);
    }

    @Override
    public HostView view() throws IOException {
        return LinuxView.take(links, addresses, routes, rules, features, nft);
    }

    @Override
    public void make(HostChange change) throws IOException {
        boolean isRemoval = change.to().equals(HostItem.ABSENT);
        try {
            switch (change.item()) {
                case Mtu(String link) -> links.setMtu(links.index(link), Integer.parseInt(change.to()));
                case Up(String link) -> setUp(links.index(link), change.to().equals("up"));
                case Address address -> setAddress(address, isRemoval);
                case Route route -> setRoute(route, change);
                case Rule rule -> setRule(rule, isRemoval);
                case Nft() -> nft.run(change.script());
                case Sysctl(String key) -> SysctlFiles.write(key, change.to());
                case Forwarding(boolean isV6) -> ForwardingFiles.write(isV6, change.to());
                case Offload(String link, String feature) ->
                    features.set(link, feature, change.to().equals("on"));
            }
        } catch (ErrnoException e) {
            if (!isRemoval || !isGone(e)) {
                throw e;
            }
        }
    }

    private static boolean isGone(ErrnoException e) {
        return e.errno() == Errno.ENODEV
                || e.errno() == Errno.ENOENT
                || e.errno() == Errno.ESRCH
                || e.errno() == Errno.EADDRNOTAVAIL
                || e.errno() == Errno.ENXIO; // IPv6 went from the link
    }

    private void setUp(int index, boolean isUp) throws ErrnoException {
        if (isUp) {
            links.setUp(index);
        } else {
            links.setDown(index);
        }
    }

    private void setAddress(Address address, boolean isRemoval) throws ErrnoException {
        int index = links.index(address.link());
        IpNetwork network = IpNetwork.parse(address.address().toString());
        if (isRemoval) {
            addresses.remove(index, network);
        } else {
            addresses.addWithoutDetection(index, network);
        }
    }

    private void setRoute(Route route, HostChange change) throws ErrnoException {
        io.penstock.ffm.netlink.Route request = io.penstock.ffm.netlink.Route.to(
                        IpNetwork.parse(route.destination().toString()))
                .table(route.table());
        boolean isRemoval = change.to().equals(HostItem.ABSENT);
        String value = isRemoval ? change.from() : change.to();
        request = switch (value) {
            case Route.THROW -> request.type(Rtnetlink.RTN_THROW);
            case Route.UNREACHABLE -> request.type(Rtnetlink.RTN_UNREACHABLE);
            default ->
                isRemoval
                        ? request
                        : request.dev(links.index(value.substring(Route.dev("").length())));
        };
        if (isRemoval) {
            routes.remove(request);
        } else {
            routes.replace(request);
        }
    }

    private void setRule(Rule rule, boolean isRemoval) throws ErrnoException {
        io.penstock.ffm.netlink.Rule request = (rule.isV6()
                        ? io.penstock.ffm.netlink.Rule.v6(rule.table())
                        : io.penstock.ffm.netlink.Rule.v4(rule.table()))
                .priority(rule.priority())
                .mark(rule.mark(), rule.mask())
                .inverted();
        if (rule.suppressesDefault()) {
            request = request.suppressPrefixLength(0);
        }
        if (isRemoval) {
            rules.remove(request);
        } else {
            rules.add(request);
        }
    }

    @Override
    public void close() {
        features.close();
        netlink.close();
    }
}
