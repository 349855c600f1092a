package io.penstock.ffm.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Options that need root. */
@Tag("live")
class UdpSocketLiveTest {
    @Test
    void marksAndForcesBuffersBeyondTheLimit() throws Exception {
        for (int family : new int[] {Sockets.AF_INET, Sockets.AF_INET6}) {
            try (UdpSocket socket = UdpSocket.open(family)) {
                assertEquals(0, socket.setMark(0xca6c));
                assertEquals(0xca6c, socket.getOption(Sockets.SOL_SOCKET, Sockets.SO_MARK));
                assertTrue(socket.setReceiveBuffer(7 << 20) >= 14 << 20);
                assertTrue(socket.setSendBuffer(7 << 20) >= 14 << 20);
            }
        }
    }
}
