package io.penstock.cli.relay;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a certificate is got from an authority. */
final class AcmeOptions {
    @Option(
            names = "--acme",
            paramLabel = "URL",
            description = "Get and renew the certificate from the authority with this directory (ACME), such as"
                    + " https://acme-v02.api.letsencrypt.org/directory; you agree to its terms by that. The name of"
                    + " --host has to lead here, port 443.")
    private @Nullable URI directory;

    @Option(names = "--acme-mail", paramLabel = "ADDR", description = "Where the authority may write to.")
    private @Nullable String mail;

    @Option(
            names = "--acme-roots",
            paramLabel = "FILE",
            description =
                    "Certificates by which the authority itself is trusted, PEM; for one of your own (default: those"
                            + " of Java).")
    private @Nullable Path roots;

    @SuppressWarnings("NullAway.Init") // picocli sets what was given
    AcmeOptions() {}

    /**
     * What was said.
     *
     * @param directory null for no authority
     */
    record Given(
            @Nullable URI directory,
            @Nullable String mail,
            @Nullable Path roots) {
        static final Given NOTHING = new Given(null, null, null);
    }

    Given given() {
        return new Given(directory, mail, roots);
    }
}
