package io.penstock.server.map;

/** The parts of a peer that may be told by a patch, each on its own. Their order is their bit in a set of parts. */
enum Part {
    KEY,
    EXPIRY,
    DISCO,
    ENDPOINTS,
    RELAY,
    ONLINE;

    int bit() {
        return 1 << ordinal();
    }

    boolean isIn(int parts) {
        return (parts & bit()) != 0;
    }
}
