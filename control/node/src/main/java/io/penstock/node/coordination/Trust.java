package io.penstock.node.coordination;

import java.util.Locale;

/** Which certificate of a coordinator a node believes. */
public sealed interface Trust {
    /** One that the system's authorities vouch for, of the coordinator's name. */
    record BySystem() implements Trust {}

    /**
     * That one and no other, whoever signed it and whatever name is in it.
     *
     * @param fingerprint SHA-256 of the certificate, 64 hexadecimal digits, which may have colons between them
     */
    record Pinned(String fingerprint) implements Trust {
        public Pinned {
            fingerprint = fingerprint.replace(":", "").toLowerCase(Locale.ROOT);
            if (!fingerprint.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException("a fingerprint has 64 hexadecimal digits");
            }
        }
    }
}
