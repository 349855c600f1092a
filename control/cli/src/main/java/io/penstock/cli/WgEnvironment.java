package io.penstock.cli;

import io.penstock.engine.TunnelOptions;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code penstock wg} finds in its environment: the variables of wireguard-go, and the one of our launcher.
 *
 * @param tunFd an open TUN descriptor to use, or -1
 * @param uapiFd an open listening socket to use, or -1
 * @param readyFd where the launcher waits to hear that the interface is up, or -1
 * @param stateDirectory where what outlives the process is kept
 */
record WgEnvironment(int tunFd, int uapiFd, int readyFd, LogLevel logLevel, Path stateDirectory) {
    static final String TUN_FD = "WG_TUN_FD";
    static final String UAPI_FD = "WG_UAPI_FD";
    static final String READY_FD = "PENSTOCK_READY_FD";
    static final String LOG_LEVEL = "LOG_LEVEL";
    static final String STATE = "PENSTOCK_STATE";

    /** @throws CommandFailure when a variable makes no sense */
    static WgEnvironment of(Map<String, String> variables) throws CommandFailure {
        return new WgEnvironment(
                descriptor(variables, TUN_FD),
                descriptor(variables, UAPI_FD),
                descriptor(variables, READY_FD),
                LogLevel.of(variables.get(LOG_LEVEL)),
                directory(variables));
    }

    /** Absolute: the launcher goes to the root directory before the interface is made. */
    private static Path directory(Map<String, String> variables) throws CommandFailure {
        String text = variables.getOrDefault(STATE, "");
        if (text.isEmpty()) {
            return TunnelOptions.DEFAULT_STATE_DIRECTORY;
        }
        if (!text.startsWith("/")) {
            throw new CommandFailure(STATE + "=" + text + " is not an absolute path");
        }
        return Path.of(text);
    }

    private static int descriptor(Map<String, String> variables, String name) throws CommandFailure {
        String value = variables.get(name);
        if (value == null || value.isEmpty()) {
            return -1;
        }
        int fd = parse(value);
        if (fd < 0) {
            throw new CommandFailure(name + "=" + value + " is not the number of an open descriptor");
        }
        return fd;
    }

    private static int parse(@Nullable String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
