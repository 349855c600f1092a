package io.penstock.cli.server;

/** Where the coordinator's pages take a one-time link. */
final class SetupPage {
    static final String PATH = "/setup";

    private SetupPage() {}

    /** What to open: behind the hash sign, so that the secret is in no server's log. */
    static String url(String coordinator, String link) {
        return coordinator + PATH + "#" + link;
    }
}
