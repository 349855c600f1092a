package io.penstock.cli.server;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which folder is a coordinator's state, when nobody says. */
final class StatePlace {
    private StatePlace() {}

    /**
     * What was named; else what systemd made for a unit with {@code StateDirectory=}; else root's; else one of the user's own.
     *
     * @param user of the process, {@code user.name}
     */
    static Path of(@Nullable Path named, Map<String, String> environment, String user, String home) {
        if (named != null) {
            return named.toAbsolutePath().normalize();
        }
        String made = environment.get("STATE_DIRECTORY");
        if (made != null && made.startsWith("/")) {
            return Path.of(made);
        }
        if (user.equals("root")) {
            return Path.of("/var/lib/penstock-server");
        }
        String base = environment.get("XDG_STATE_HOME");
        return base != null && base.startsWith("/")
                ? Path.of(base, "penstock-server")
                : Path.of(home, ".local", "state", "penstock-server");
    }

    static Path of(@Nullable Path named) {
        return of(named, System.getenv(), System.getProperty("user.name", ""), System.getProperty("user.home", "/"));
    }
}
