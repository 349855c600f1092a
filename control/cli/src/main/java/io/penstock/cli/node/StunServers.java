package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.node.netcheck.core.StunServerName;
import io.penstock.wireguard.IpText;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads names of STUN servers. Stateless. */
final class StunServers {
    private static final int DEFAULT_PORT = 3478;
    private static final Pattern FORM =
            Pattern.compile("(?:\\[([0-9a-fA-F:.]+)]|([A-Za-z0-9._-]{1,253}))(?::([0-9]{1,5}))?"
                    + "|([0-9a-fA-F]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*)"); // an IPv6 address without brackets has two
    // colons at least

    private StunServers() {}

    /** Such as {@code stun.example.org}, {@code 192.0.2.1:3478}, {@code [2001:db8::1]:3478} or {@code 2001:db8::1}. */
    static StunServerName parse(String text) throws CommandFailure {
        Matcher matcher = FORM.matcher(text);
        if (matcher.matches()) {
            String host = matcher.group(1) != null
                    ? matcher.group(1)
                    : matcher.group(2) != null ? matcher.group(2) : matcher.group(4);
            int port = matcher.group(3) == null ? DEFAULT_PORT : Integer.parseInt(matcher.group(3));
            try {
                if (host.indexOf(':') >= 0) {
                    IpText.parse6(host);
                }
                return new StunServerName(host, port);
            } catch (IllegalArgumentException e) {
                throw usage(text); // no address, or no port
            }
        }
        throw usage(text);
    }

    private static CommandFailure usage(String text) {
        return new CommandFailure("--stun takes HOST or HOST:PORT, not '" + text + "'", ExitCode.USAGE);
    }
}
