package io.penstock.node.daemon;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How to run a daemon.
 *
 * @param stateFolder for nobody else; made if it is not there
 * @param socket of the local API
 * @param version of the program
 * @param aead name of the cipher engine, or null for the best there is
 * @param keepsHost whether addresses, routes and the like stay when the daemon ends
 * @param notifySocket where systemd wants to be told, or null
 * @param usesPlainRelays whether relays of a map that says {@code InsecureForTests} are spoken to without TLS
 */
public record DaemonOptions(
        Path stateFolder,
        Path socket,
        String version,
        @Nullable String aead,
        boolean keepsHost,
        @Nullable String notifySocket,
        boolean usesPlainRelays) {}
