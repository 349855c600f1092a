package io.penstock.node.host;

import io.penstock.node.host.HostItem.Mtu;
import io.penstock.node.host.HostItem.Sysctl;
import io.penstock.node.host.HostItem.Up;
import io.penstock.node.route.Networks;
import java.io.IOException;

/** A host as it will be once the tunnel's interface is there, as the kernel makes a new one. For plans before that. One thread. */
final class ViewWithLink implements HostView {
    private static final String NEW_MTU_BYTES = "1500"; // of a TUN device: ETH_DATA_LEN, drivers/net/tun.c

    private final HostView view;
    private final String link;

    /**
     * Adds a link to a view.
     *
     * @param link is not there
     */
    ViewWithLink(HostView view, String link) {
        this.view = view;
        this.link = link;
    }

    @Override
    public String read(HostItem item) throws IOException {
        return switch (item) {
            case Mtu(String name) when name.equals(link) -> NEW_MTU_BYTES;
            case Up(String name) when name.equals(link) -> "down";
            case Sysctl sysctl -> {
                for (boolean isV6 : new boolean[] {false, true}) {
                    String start = Sysctl.of(isV6, link, "").key();
                    if (sysctl.key().startsWith(start)) {
                        String setting = sysctl.key().substring(start.length());
                        yield view.read(Sysctl.of(isV6, "default", setting)); // whose values a new link starts with
                    }
                }
                yield view.read(item);
            }
            default -> view.read(item);
        };
    }

    @Override
    public Facts facts(HostSettings settings) throws IOException {
        return view.facts(settings);
    }

    @Override
    public Networks networks(String own) {
        return view.networks(own);
    }
}
