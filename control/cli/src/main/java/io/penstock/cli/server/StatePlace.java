package io.penstock.cli.server;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which folder is a program's state, when nobody says. */
public final class StatePlace {
    private StatePlace() {}

    private static final String COORDINATOR = "penstock-server";

    /**
     * What was named; else what systemd made for a unit with {@code StateDirectory=}; else root's; else one of the user's own.
     *
     * @param program name of the folder among others
     * @param user of the process, {@code user.name}
     */
    static Path of(@Nullable Path named, String program, Map<String, String> environment, String user, String home) {
        if (named != null) {
            return named.toAbsolutePath().normalize();
        }
        String made = environment.get("STATE_DIRECTORY");
        if (made != null && made.startsWith("/")) {
            return Path.of(made);
        }
        if (user.equals("root")) {
            return Path.of("/var/lib", program);
        }
        String base = environment.get("XDG_STATE_HOME");
        return base != null && base.startsWith("/")
                ? Path.of(base, program)
                : Path.of(home, ".local", "state", program);
    }

    /** Of a coordinator. */
    static Path of(@Nullable Path named) {
        return of(named, COORDINATOR);
    }

    /**
     * Of this process.
     *
     * @param program name of the folder among others
     */
    public static Path of(@Nullable Path named, String program) {
        return of(
                named,
                program,
                System.getenv(),
                System.getProperty("user.name", ""),
                System.getProperty("user.home", "/"));
    }
}
