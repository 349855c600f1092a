package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

/** What the kernel takes as the name of a network interface. */
final class InterfaceName {
    static final int MAX_BYTES = 15;

    /** What the JVM makes of bytes that are no text; an interface of that name would be another one. */
    private static final char UNREADABLE = '\uFFFD';

    private InterfaceName() {}

    /** @throws CommandFailure with what is wrong about it */
    static void check(String name) throws CommandFailure {
        if (name.isEmpty()) {
            throw new CommandFailure("an interface name cannot be empty; try 'wg0'");
        }
        if (name.getBytes(UTF_8).length > MAX_BYTES) {
            throw new CommandFailure("interface name '" + name + "' is longer than " + MAX_BYTES + " bytes");
        }
        if (name.equals(".") || name.equals("..")) {
            throw new CommandFailure("'" + name + "' cannot be the name of an interface");
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == UNREADABLE) {
                throw new CommandFailure("interface name '" + name + "' is not UTF-8 text");
            }
            if (c == '/' || c == ':' || Character.isWhitespace(c) || Character.isISOControl(c)) {
                throw new CommandFailure("an interface name cannot contain '/', ':' or blanks");
            }
        }
    }
}
