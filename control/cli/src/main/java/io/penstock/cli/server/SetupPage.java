package io.penstock.cli.server;

import io.penstock.server.web.WebPages;

/** Where the coordinator's pages take a one-time link. */
final class SetupPage {
    static final String PATH = WebPages.SETUP_PATH;

    private SetupPage() {}

    /** What to open. To look uses nothing up. */
    static String url(String coordinator, String link) {
        return coordinator + PATH + link;
    }
}
