package io.penstock.cli.relay;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code penstock relay} was told, as written and not yet checked; null for what was not said. */
record RelayRequest(
        String listen,
        @Nullable String host,
        @Nullable Path certificate,
        @Nullable Path key,
        AcmeOptions.Given acme,
        List<String> balancers,
        @Nullable String stun,
        @Nullable String stunAlternate,
        boolean noStun,
        boolean open,
        @Nullable URI verifyUrl,
        @Nullable Path meshKey,
        List<String> meshWith,
        @Nullable String clientRate,
        @Nullable Path state,
        @Nullable String metrics,
        boolean json) {}
