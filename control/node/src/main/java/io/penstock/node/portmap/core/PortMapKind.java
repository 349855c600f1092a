package io.penstock.node.portmap.core;

/** A protocol that asks routers for ports, the one we prefer first: PCP's answers carry a nonce, UPnP's are only as true as the router's network. */
public enum PortMapKind {
    PCP("PCP"),
    NAT_PMP("NAT-PMP"),
    UPNP("UPnP");

    private final String title;

    PortMapKind(String title) {
        this.title = title;
    }

    /** As people write it. */
    public String title() {
        return title;
    }
}
