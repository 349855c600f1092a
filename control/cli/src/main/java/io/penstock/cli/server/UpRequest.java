package io.penstock.cli.server;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What {@code penstock server up} was told, not yet checked.
 *
 * @param listen address and port as written
 * @param metrics address and port as written, null for none
 * @param url null for the address it listens on
 */
record UpRequest(
        Path state,
        String listen,
        @Nullable URI url,
        @Nullable Path certificate,
        @Nullable Path key,
        boolean selfSigned,
        @Nullable String metrics,
        RelayOptions.Given relay) {}
