package io.penstock.cli.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Tells names from addresses in the host of a URL. */
public final class HostName {
    /** No name has only these: the last label of one is no number. */
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[[0-9a-fA-F:.]+]");

    private HostName() {}

    public static boolean isAddress(String host) {
        return ADDRESS.matcher(host).matches();
    }

    /**
     * The bytes of a host that {@link #isAddress}.
     *
     * @throws IllegalArgumentException if it is none after all
     */
    public static byte[] address(String host) {
        try {
            return InetAddress.getByName(host).getAddress(); // asks nobody: it looks like no name
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(host + " is no address", e);
        }
    }
}
