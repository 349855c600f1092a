package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code ADDR:PORT}, with the address of IPv6 in brackets, and writes it the same. */
public final class ListenAddress {
    private static final Pattern FORM = Pattern.compile("(\\[[0-9a-fA-F:.]+(?:%[^\\]]+)?]|[^:\\[\\]]+):([0-9]{1,5})");
    private static final int MAX_PORT = 65_535;

    private ListenAddress() {}

    /**
     * Reads it.
     *
     * @param option that it was given by
     * @throws CommandFailure if it is something else
     */
    public static InetSocketAddress parse(String option, String text) throws CommandFailure {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > MAX_PORT) {
            throw new CommandFailure(
                    option + " takes an address and a port, such as 192.168.1.10:8480 or [::1]:8480, not '" + text
                            + "'",
                    ExitCode.USAGE);
        }
        String host = matcher.group(1);
        try {
            InetAddress address =
                    InetAddress.getByName(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
            return new InetSocketAddress(address, Integer.parseInt(matcher.group(2)));
        } catch (UnknownHostException e) {
            throw new CommandFailure(option + " " + text + ": no address has the name " + host, ExitCode.USAGE);
        }
    }

    /** The address as it stands in a URL. */
    public static String host(InetAddress address) {
        String text = address.getHostAddress();
        return address instanceof Inet6Address ? "[" + text + "]" : text;
    }
}
