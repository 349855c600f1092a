package io.penstock.node.portmap.core;

import org.jspecify.annotations.Nullable;

/** Judges the address that a router says it has outside. */
final class ExternalAddress {
    private ExternalAddress() {}

    /** What is wrong with it, or null if the whole internet may reach it. */
    static @Nullable String problem(int address) {
        int first = address >>> 24;
        if (address == 0) {
            return "it has no address outside";
        } else if (first == 0 || first == 127 || first >= 224 || address >>> 16 == 0xa9fe) {
            return "it says that its address outside is " + text(address) + ", which cannot be";
        } else if (isInside(address)) {
            return "it is behind another router: its address outside is " + text(address);
        }
        return null;
    }

    /** RFC 1918 and, of carriers, RFC 6598. */
    private static boolean isInside(int address) {
        return address >>> 24 == 10
                || address >>> 20 == 0xac1
                || address >>> 16 == 0xc0a8
                || address >>> 22 == 0x6440 >>> 6;
    }

    static String text(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 0xff) + "." + (address >>> 8 & 0xff) + "." + (address & 0xff);
    }

    /** An address as text; 0 if it is none. */
    static int parse(String text) {
        if (!text.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
            return 0;
        }
        int address = 0;
        for (String part : text.split("\\.", -1)) {
            int number = Integer.parseInt(part);
            if (number > 255) {
                return 0;
            }
            address = address << 8 | number;
        }
        return address;
    }
}
