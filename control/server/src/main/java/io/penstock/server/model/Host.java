package io.penstock.server.model;

/**
 * What a node tells about the machine it runs on. Untrusted text: {@code name} as the host calls itself, which is not the name
 * in the domain.
 *
 * @param info what peers are shown of the protocol's host information: a JSON object that is passed on unread. What changes by
 *     itself, such as measured latencies, is not in it: each difference is told to every peer
 * @param capability the capability version that the node announced
 */
public record Host(String name, String info, int capability) {
    public static final int MAX_NAME_LENGTH = 255;
    public static final int MAX_INFO_LENGTH = 64 * 1024;

    public Host {
        if (name.length() > MAX_NAME_LENGTH) {
            throw new IllegalArgumentException("a host name of more than " + MAX_NAME_LENGTH + " characters");
        }
        if (info.length() > MAX_INFO_LENGTH) {
            throw new IllegalArgumentException("host information of more than " + MAX_INFO_LENGTH + " characters");
        }
    }
}
