package io.penstock.node.host;

import java.io.IOException;

/** Reads and changes a host; the seam of {@link Host}. One thread. */
interface HostAccess extends AutoCloseable {
    /** Looks at everything anew. */
    HostView view() throws IOException;

    /**
     * Makes one change. Taking away what is gone already is no error.
     *
     * @throws IOException what the kernel says, with what was tried
     */
    void make(HostChange change) throws IOException;

    /** For how long what was changed lasts: a text that is another after a reboot, and in another network namespace. */
    String lifetime() throws IOException;

    @Override
    void close();
}
