package io.penstock.cli.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A WireGuard interface of a host, set and shown by {@code wg} there, whoever made it. {@link #close} removes it. */
public abstract class WgDevice implements AutoCloseable {
    private final Host host;
    private final String name;

    protected WgDevice(Host host, String name) {
        this.host = host;
        this.name = name;
    }

    public final String name() {
        return name;
    }

    public final Host host() {
        return host;
    }

    /** {@code wg VERB INTERFACE ARGUMENTS}, which must succeed. The arguments are separated by blanks. */
    public final String wg(String verb, String arguments) {
        return tryWg(verb, arguments).mustSucceed();
    }

    public final Shell.Outcome tryWg(String verb, String arguments) {
        List<String> command = new ArrayList<>(List.of("wg", verb, name));
        if (!arguments.isEmpty()) {
            command.addAll(List.of(arguments.split(" ")));
        }
        return host.run(Map.of(), command);
    }

    /** Feeds a configuration to {@code wg setconf}, {@code addconf} or {@code syncconf}. */
    public final Shell.Outcome configure(String verb, String configuration) {
        return tryWg(verb, host.file(configuration));
    }

    /** What it shows of itself and its peers. */
    public final Dump dump() {
        return Dump.parse(wg("show", "dump"));
    }

    @Override
    public abstract void close();
}
