package io.penstock.engine.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.Errno;
import io.penstock.ffm.Memory;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.udp.CMsg;
import io.penstock.ffm.udp.IoVec;
import io.penstock.ffm.udp.MsgHdr;
import io.penstock.ffm.udp.Sockets;
import io.penstock.wireguard.Endpoint;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real sockets on the loopback interface. */
class LinuxUdpPortTest {
    private static final int LOOPBACK = 0x7f000001;
    private static final int SO_NO_CHECK = 11;
    private static final int IP_RECVTTL = 12;
    private static final int IPV6_RECVHOPLIMIT = 51;
    private static final int SLOTS = 8;
    private static final int RECEIVE_LENGTH = SLOTS * ReceiveBatch.SLOT_LENGTH;
    private static final int SEND_LENGTH = 1 << 18;

    private final FaultyCalls libc = new FaultyCalls();
    private final long memory = Memory.slab(RECEIVE_LENGTH + SEND_LENGTH + 16L);
    private final ReceiveBatch received = new ReceiveBatch(new UnsafeBuffer(memory, RECEIVE_LENGTH), 0, SLOTS);
    private final UnsafeBuffer slab = new UnsafeBuffer(memory + RECEIVE_LENGTH, SEND_LENGTH);
    private final SendBatch sending = new SendBatch(slab);
    private final long scratch = memory + RECEIVE_LENGTH + SEND_LENGTH;
    private final List<Integer> refusals = new ArrayList<>();

    private UdpSockets senderSockets;
    private UdpSockets receiverSockets;
    private LinuxUdpPort sender;
    private LinuxUdpPort receiver;

    @BeforeEach
    void open() throws Exception {
        senderSockets = UdpSockets.open(libc, 0, 0);
        receiverSockets = UdpSockets.open(libc, 0, 0);
        sender = new LinuxUdpPort(libc, senderSockets, 0, refusals::add);
        receiver = new LinuxUdpPort(libc, receiverSockets, SLOTS, _ -> {});
    }

    @AfterEach
    void close() {
        sender.close();
        receiver.close();
        senderSockets.close(libc);
        receiverSockets.close(libc);
        libc.munmap(memory, RECEIVE_LENGTH + SEND_LENGTH + 16L);
    }

    /** Runs of many datagrams and single ones between them, in one batch; returns the datagrams. */
    private List<byte[]> fill(Endpoint to) {
        sending.clear();
        List<byte[]> datagrams = new ArrayList<>();
        Random random = new Random(7);
        int at = 0;
        for (int length : new int[] {1000, 1000, 1000, 400, 77, 500, 500, 500, 500, 1400, 1400, 9}) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            slab.putBytes(at, bytes);
            sending.add(to, 0, at, length);
            datagrams.add(bytes);
            at += length;
        }
        return datagrams;
    }

    private Endpoint toReceiver() {
        return Endpoint.v4(LOOPBACK, receiverSockets.port());
    }

    /** Everything that arrives until nothing has for a while, cut into datagrams. */
    private List<byte[]> receiveAll(int expected) {
        return receiveAll(expected, new ArrayList<>());
    }

    /** As above, with the source of each. */
    private List<byte[]> receiveAll(int expected, List<Long> sources) {
        List<byte[]> datagrams = new ArrayList<>();
        while (true) {
            PollFd.set(scratch, receiver.fd4(), PollFd.POLLIN);
            if (libc.poll(scratch, 1, datagrams.size() < expected ? 5_000 : 20) == 0) {
                return datagrams;
            }
            int messages = receiver.receive(received, false);
            for (int i = 0; i < messages; i++) {
                int end = received.offset(i) + received.length(i);
                for (int at = received.offset(i); at < end; at += received.segmentLength(i)) {
                    byte[] bytes = new byte[Math.min(received.segmentLength(i), end - at)];
                    received.slab().getBytes(at, bytes);
                    datagrams.add(bytes);
                    sources.add(received.low(i));
                }
            }
        }
    }

    private static void assertSame(List<byte[]> expected, List<byte[]> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), "datagram " + i);
        }
    }

    @Test
    void sendsRunsInOneCall() {
        List<byte[]> datagrams = fill(toReceiver());
        assertTrue(sending.count() < datagrams.size());
        assertEquals(0, sender.send(sending));
        assertSame(datagrams, receiveAll(datagrams.size()));
    }

    /** A socket without checksums may not use UDP_SEGMENT, which the kernel says only when it sends. */
    @Test
    void sendsSinglyWhereTheKernelRefusesSegments() {
        Memory.putInt(scratch, 1);
        assertEquals(0, libc.setsockopt(senderSockets.fd4(), Sockets.SOL_SOCKET, SO_NO_CHECK, scratch, 4));
        for (int round = 0; round < 2; round++) {
            List<byte[]> datagrams = fill(toReceiver());
            assertEquals(0, sender.send(sending));
            assertSame(datagrams, receiveAll(datagrams.size()));
            assertEquals(1, refusals.size(), "said once");
            assertTrue(refusals.contains(Errno.EINVAL) || refusals.contains(Errno.EIO), refusals.toString());
        }
    }

    /** Whichever message of the batch it is: those before are not sent again, those after are, in order. */
    @ParameterizedTest
    @ValueSource(ints = {Errno.EIO, Errno.EINVAL, Errno.EMSGSIZE})
    void sendsSinglyWhatIsRefusedInTheMiddleOfABatch(int errno) throws Exception {
        fill(toReceiver());
        int segmented = 0;
        for (int i = 0; i < sending.count(); i++) {
            segmented += sending.datagrams(i) > 1 ? 1 : 0;
        }
        assertEquals(3, segmented);
        for (int refused = 0; refused < segmented; refused++) {
            UdpSockets fresh = UdpSockets.open(libc, 0, 0); // which have the offload still
            try (LinuxUdpPort port = new LinuxUdpPort(libc, fresh, 0, refusals::add)) {
                libc.segmentedSends = Faults.once(refused, errno);
                refusals.clear();
                for (int round = 0; round < 2; round++) {
                    List<byte[]> datagrams = fill(toReceiver());
                    assertEquals(0, port.send(sending));
                    assertSame(datagrams, receiveAll(datagrams.size()));
                }
            } finally {
                fresh.close(libc);
            }
            assertEquals(errno == Errno.EMSGSIZE ? List.of() : List.of(errno), refusals);
        }
    }

    /** The source is no reason for it, so it stays: a host of many addresses must not answer from another. */
    @ParameterizedTest
    @ValueSource(ints = {Errno.EIO, Errno.EINVAL, Errno.EMSGSIZE})
    void keepsTheSourceOfWhatItSendsSingly(int errno) {
        libc.segmentedSends = Faults.always(errno);
        List<byte[]> datagrams = fill(toReceiver().withLocal(0, 0x7f000002L, 0));
        assertEquals(0, sender.send(sending));
        List<Long> sources = new ArrayList<>();
        assertSame(datagrams, receiveAll(datagrams.size(), sources));
        assertEquals(Collections.nCopies(datagrams.size(), 0x7f000002L), sources);
        for (int i = 0; i < sending.count(); i++) {
            assertFalse(sending.sourceIsStale(i));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.EIO, Errno.EINVAL, Errno.EMSGSIZE})
    void sendsSinglyWithoutASourceThatIsNotOurs(int errno) {
        libc.segmentedSends = Faults.always(errno);
        for (int round = 0; round < 2; round++) { // of which the second does not try segments
            List<byte[]> datagrams = fill(toReceiver().withLocal(0, 0xc6336401L, 0)); // 198.51.100.1
            assertEquals(0, sender.send(sending));
            assertSame(datagrams, receiveAll(datagrams.size()));
            for (int i = 0; i < sending.count(); i++) {
                assertTrue(sending.sourceIsStale(i));
            }
        }
    }

    @Test
    void sendsTheRestOfABatchThatIsTakenInPieces() {
        libc.shortSends = Faults.random(7, 1, 1, 2, 3);
        for (int round = 0; round < 20; round++) {
            List<byte[]> datagrams = fill(toReceiver());
            assertEquals(0, sender.send(sending));
            assertSame(datagrams, receiveAll(datagrams.size()));
        }
    }

    @Test
    void countsEveryDatagramThatIsLost() {
        Endpoint broadcast = Endpoint.v4(0x7fffffff, 9); // a socket must ask for that, and ours does not
        int datagrams = fill(broadcast).size();
        assertEquals(datagrams, sender.send(sending));
        assertTrue(refusals.isEmpty(), "it was not the segments: " + refusals);
    }

    @Test
    void sendsAgainWithoutASourceThatIsNotOurs() {
        List<byte[]> datagrams = fill(toReceiver().withLocal(0, 0xc6336401L, 0)); // 198.51.100.1
        assertEquals(0, sender.send(sending));
        assertSame(datagrams, receiveAll(datagrams.size()));
        for (int i = 0; i < sending.count(); i++) {
            assertTrue(sending.sourceIsStale(i));
        }
        assertTrue(refusals.isEmpty(), "it was not the segments: " + refusals);
    }

    @Test
    void sendsWithTheHopLimitOfEachMessage() {
        Memory.putInt(scratch, 1);
        assertEquals(0, libc.setsockopt(receiver.fd4(), Sockets.IPPROTO_IP, IP_RECVTTL, scratch, 4));
        assertEquals(0, libc.setsockopt(receiver.fd6(), Sockets.IPPROTO_IPV6, IPV6_RECVHOPLIMIT, scratch, 4));
        int[] hopLimits = {9, 9, 200, 0, 1};
        for (boolean v6 : new boolean[] {false, true}) {
            sending.clear();
            Endpoint to = v6 ? Endpoint.v6(0, 1, receiverSockets.port(), 0) : toReceiver();
            for (int i = 0; i < hopLimits.length; i++) {
                sending.add(to, 0, hopLimits[i], 100 * i, 100);
            }
            assertEquals(4, sending.count(), "only those that are alike go together");
            assertEquals(0, sender.send(sending));
            int fd = v6 ? receiver.fd6() : receiver.fd4();
            assertEquals(List.of(9, 200, 64, 1), List.of(hopLimit(fd), hopLimit(fd), hopLimit(fd), hopLimit(fd)));
        }
    }

    /** Of the next message that arrives. */
    private int hopLimit(int fd) {
        long header = slab.addressOffset() + SEND_LENGTH / 2;
        long control = header + 1024;
        long data = header + 2048;
        PollFd.set(scratch, fd, PollFd.POLLIN);
        assertEquals(1, libc.poll(scratch, 1, 5_000));
        IoVec.set(header + 512, data, 1024);
        MsgHdr.set(header, header + 256, 32, header + 512, 1, control, 256);
        assertTrue(libc.recvmsg(fd, header, Sockets.MSG_DONTWAIT) > 0);
        for (long cMsg = CMsg.first(header); cMsg != 0; cMsg = CMsg.next(header, cMsg)) {
            if (CMsg.type(cMsg) == (CMsg.level(cMsg) == Sockets.IPPROTO_IP ? Sockets.IP_TTL : Sockets.IPV6_HOPLIMIT)) {
                return Memory.getInt(CMsg.data(cMsg));
            }
        }
        throw new AssertionError("no hop limit");
    }

    @Test
    void receivesEmptyDatagrams() throws Exception {
        try (DatagramSocket empty = new DatagramSocket()) {
            InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
            empty.send(new DatagramPacket(new byte[0], 0, loopback, receiverSockets.port()));
        }
        PollFd.set(scratch, receiver.fd4(), PollFd.POLLIN);
        assertEquals(1, libc.poll(scratch, 1, 5_000));
        assertEquals(1, receiver.receive(received, false));
        assertEquals(0, received.length(0));
        assertTrue(received.segmentLength(0) > 0);
    }
}
