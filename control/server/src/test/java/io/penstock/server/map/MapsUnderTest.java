package io.penstock.server.map;

/** A source of maps, driven step by step. It follows a store and a clock that belong to the test. */
interface MapsUnderTest extends AutoCloseable {
    MapSource source();

    /**
     * Returns when all that is committed is in what the streams say next, all that is due by the clock has happened, and nothing
     * more happens by itself.
     */
    void settle();

    @Override
    void close();
}
