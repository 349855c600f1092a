package io.penstock.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who gets a place. */
class SeatsTest {
    private final AtomicInteger occupied = new AtomicInteger();
    private final Seats seats = new Seats(8, occupied);

    private Seats.@Nullable Seat take(String address) throws UnknownHostException {
        return seats.take(InetAddress.getByName(address));
    }

    @Test
    void oneSourceGetsAQuarter() throws Exception {
        Seats.Seat first = take("198.51.100.1");
        assertNotNull(first);
        assertNotNull(take("198.51.100.1"));
        assertNull(take("198.51.100.1"));
        assertNotNull(take("198.51.100.2"));
        assertEquals(3, occupied.get());

        first.leave();
        first.leave();

        assertNotNull(take("198.51.100.1"), "its place is free");
        assertNull(take("198.51.100.1"), "but one, though it was left twice");
    }

    @Test
    void sourceInIpv6IsANetworkOf64Bits() throws Exception {
        assertNotNull(take("2001:db8::1"));
        assertNotNull(take("2001:db8::2:1"));
        assertNull(take("2001:db8::ffff:0:0:3"));
        assertNotNull(take("2001:db8:0:1::1"));
    }

    @Test
    void loopbackGetsAll() throws Exception {
        for (int i = 0; i < 8; i++) {
            assertNotNull(take(i % 2 == 0 ? "127.0.0.1" : "::1"));
        }
        assertNull(take("127.0.0.1"));
        assertNull(take("198.51.100.1"));
        assertEquals(0, seats.sources());
    }

    @Test
    void remembersNoSourceThatHasLeft() throws Exception {
        for (int i = 0; i < 100; i++) {
            Seats.Seat seat = take("198.51.100." + i);
            assertNotNull(seat);
            seat.leave();
        }
        assertEquals(0, seats.sources());
        assertEquals(0, occupied.get());
    }

    @Test
    void smallListenerHasOnePlaceForEach() throws Exception {
        Seats few = new Seats(3, new AtomicInteger());
        assertNotNull(few.take(InetAddress.getByName("198.51.100.1")));
        assertNull(few.take(InetAddress.getByName("198.51.100.1")));
    }
}
