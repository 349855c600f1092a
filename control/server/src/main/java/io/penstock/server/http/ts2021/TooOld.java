package io.penstock.server.http.ts2021;

import io.penstock.protocol.ts2021.CapabilityVersion;

/** What a node is told whose version is not admitted. */
final class TooOld {
    private TooOld() {}

    static String text(int version) {
        return "this coordinator takes clients from release 1.80 on, capability version "
                + CapabilityVersion.OLDEST_ADMITTED + "; this one has " + version + ": update it";
    }
}
