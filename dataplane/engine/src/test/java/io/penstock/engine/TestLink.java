package io.penstock.engine;

import io.penstock.engine.lane.Wakeup;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;

/** A link that a test sets up and down. {@link #set} from any thread, the rest by the control agent. */
final class TestLink implements Link, AutoCloseable {
    private final Wakeup news;
    private volatile boolean wanted;
    private boolean isUp;

    /** @param libc the control agent's */
    TestLink(LibC libc) throws ErrnoException {
        news = new Wakeup(libc);
    }

    void set(boolean up) {
        wanted = up;
        news.wake(new LibC());
    }

    @Override
    public int fd() {
        return news.fd();
    }

    @Override
    public boolean isUp() {
        return isUp;
    }

    @Override
    public boolean isGone() {
        return false;
    }

    @Override
    public int mtu() {
        return 1420;
    }

    @Override
    public long retryInNs(long nowNs) {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean refresh(long nowNs) {
        news.clear();
        boolean wasUp = isUp;
        isUp = wanted;
        return isUp != wasUp;
    }

    @Override
    public void close() {
        news.close();
    }
}
