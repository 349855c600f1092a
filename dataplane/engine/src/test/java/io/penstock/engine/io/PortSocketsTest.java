package io.penstock.engine.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.udp.SockAddr;
import io.penstock.ffm.udp.SockFilter;
import io.penstock.ffm.udp.Sockets;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.wire.CookieReply;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of a port's sockets a datagram comes to: by the program in an interpreter, and by the kernel on loopback. */
class PortSocketsTest {
    private static final int SLOTS = 32;
    private static final int AREA_LENGTH = SLOTS * ReceiveBatch.SLOT_LENGTH;
    private static final int LOOPBACK = 0x7f000001;

    private final LibC libc = new LibC();
    private final long memory = Memory.slab(2L * AREA_LENGTH);
    private final ReceiveBatch received = new ReceiveBatch(new UnsafeBuffer(memory, AREA_LENGTH), 0, SLOTS);
    private final UnsafeBuffer slab = new UnsafeBuffer(memory + AREA_LENGTH, AREA_LENGTH);

    @AfterEach
    void free() {
        libc.munmap(memory, 2L * AREA_LENGTH);
    }

    @Test
    void tellsKindsApart() {
        Random random = new Random(1);
        int[] seen = new int[DatagramKind.values().length];
        for (int round = 0; round < 50_000; round++) {
            byte[] datagram = datagram(random);
            DatagramKind kind = kindOf(datagram);
            seen[kind.ordinal()]++;
            assertEquals(
                    kind.ordinal(), interpret(datagram), () -> HexFormat.of().formatHex(datagram));
        }
        for (int count : seen) {
            assertTrue(count > 1_000, Arrays.toString(seen));
        }
    }

    /** Messages of all types, many of which are almost right. */
    private static byte[] datagram(Random random) {
        int[] lengths = {
            0, 3, 4, 31, Data.MIN_LENGTH, 63, CookieReply.LENGTH, 65, 91, Response.LENGTH, 147, Initiation.LENGTH, 300
        };
        byte[] datagram = new byte[lengths[random.nextInt(lengths.length)]];
        if (random.nextBoolean()) {
            random.nextBytes(datagram);
        }
        if (datagram.length >= Integer.BYTES && random.nextInt(8) > 0) {
            UnsafeBuffer buffer = new UnsafeBuffer(datagram);
            buffer.putInt(0, random.nextInt(6), ByteOrder.LITTLE_ENDIAN);
            if (random.nextInt(8) == 0) {
                datagram[random.nextInt(4)] ^= (byte) (1 << random.nextInt(8));
            }
            int mac2 = datagram.length - Protocol.MAC_LENGTH;
            if (mac2 >= Integer.BYTES && random.nextBoolean()) {
                buffer.setMemory(mac2, Protocol.MAC_LENGTH, (byte) 0);
                datagram[mac2 + random.nextInt(Protocol.MAC_LENGTH)] = (byte) random.nextInt(2);
            }
        }
        return datagram;
    }

    /** What the program has to say; a GRO unit is judged by its first message. */
    private static DatagramKind kindOf(byte[] datagram) {
        UnsafeBuffer buffer = new UnsafeBuffer(datagram);
        int type = datagram.length < Integer.BYTES ? 0 : buffer.getInt(0, ByteOrder.LITTLE_ENDIAN);
        int least =
                switch (type) {
                    case Initiation.TYPE -> Initiation.LENGTH;
                    case Response.TYPE -> Response.LENGTH;
                    case CookieReply.TYPE -> CookieReply.LENGTH;
                    case Data.TYPE -> Data.MIN_LENGTH;
                    default -> Integer.MAX_VALUE;
                };
        if (datagram.length < least) {
            return DatagramKind.OTHER;
        }
        if (type == Data.TYPE || type == CookieReply.TYPE) {
            return type == Data.TYPE ? DatagramKind.DATA : DatagramKind.COOKIE;
        }
        for (int i = least - Protocol.MAC_LENGTH; i < least; i++) {
            if (datagram[i] != 0) {
                return DatagramKind.COOKIE;
            }
        }
        return DatagramKind.HANDSHAKE;
    }

    /** Runs the program as the kernel does, over the payload of a datagram. */
    private int interpret(byte[] payload) {
        int instructions = Steering.write(memory);
        int accumulator = 0;
        for (int at = 0; at < instructions; at++) {
            long instruction = memory + (long) at * SockFilter.SIZE;
            int code = Memory.getShort(instruction + SockFilter.CODE_OFFSET) & 0xffff;
            int ifTrue = Memory.getByte(instruction + SockFilter.JT_OFFSET) & 0xff;
            int ifFalse = Memory.getByte(instruction + SockFilter.JF_OFFSET) & 0xff;
            int operand = Memory.getInt(instruction + SockFilter.K_OFFSET);
            switch (code) {
                case SockFilter.BPF_LD_W_LEN -> accumulator = payload.length;
                case SockFilter.BPF_LD_W_ABS -> {
                    if (operand + Integer.BYTES > payload.length) {
                        return 0;
                    }
                    accumulator = ByteBuffer.wrap(payload).getInt(operand);
                }
                case SockFilter.BPF_JMP_JEQ_K -> at += accumulator == operand ? ifTrue : ifFalse;
                case SockFilter.BPF_JMP_JGE_K ->
                    at += Integer.compareUnsigned(accumulator, operand) >= 0 ? ifTrue : ifFalse;
                case SockFilter.BPF_RET_K -> {
                    return operand;
                }
                default -> throw new AssertionError("instruction " + at + " has code " + code);
            }
        }
        throw new AssertionError("ran over the end");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theKernelSteersEveryFlow(boolean v6) throws Exception {
        PortSockets sockets = PortSockets.open(libc, 0, 0);
        try {
            assertTrue(sockets.areSteered(), sockets::refusal);
            assertSteered(sockets, v6);
        } finally {
            sockets.close(libc);
        }
    }

    /** Somebody of the same user who asks to share the port is let in by the kernel, but hears nothing. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoSharesThePortHearsNothing(boolean v6) throws Exception {
        PortSockets sockets = PortSockets.open(libc, 0, 0);
        int intruder = boundBySharing(v6, sockets.port());
        try {
            assertTrue(intruder >= 0);
            assertSteered(sockets, v6);
            assertEquals(-Errno.EAGAIN, libc.recv(intruder, memory, 1, Sockets.MSG_DONTWAIT));
            libc.close(intruder);
            assertSteered(sockets, v6);
        } finally {
            sockets.close(libc);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPortThatIsSharedByOthersIsTaken(boolean v6) throws Exception {
        int port = freePort();
        int other = boundBySharing(v6, port);
        try {
            ErrnoException e = assertThrows(ErrnoException.class, () -> PortSockets.open(libc, port, 0));
            assertEquals(Errno.EADDRINUSE, e.errno());
        } finally {
            libc.close(other);
        }
        PortSockets.open(libc, port, 0).close(libc);
    }

    @Test
    void aPortIsTakenByOneTunnel() throws Exception {
        PortSockets first = PortSockets.open(libc, 0, 0);
        try {
            ErrnoException e = assertThrows(ErrnoException.class, () -> PortSockets.open(libc, first.port(), 0));
            assertEquals(Errno.EADDRINUSE, e.errno());
        } finally {
            first.close(libc);
        }
        PortSockets.open(libc, first.port(), 0).close(libc);
    }

    @ParameterizedTest
    @ValueSource(ints = {Sockets.SO_REUSEPORT, Sockets.SO_ATTACH_REUSEPORT_CBPF})
    void aKernelThatDoesNotSteerGivesEverythingToOneSocket(int refused) throws Exception {
        LibC old = new LibC() {
            @Override
            public int setsockopt(int fd, int level, int option, long value, int lengthBytes) {
                boolean isRefused = level == Sockets.SOL_SOCKET && option == refused && Memory.getInt(value) != 0;
                return isRefused ? -Errno.ENOPROTOOPT : super.setsockopt(fd, level, option, value, lengthBytes);
            }
        };
        PortSockets sockets = PortSockets.open(old, 0, 0);
        try {
            assertFalse(sockets.areSteered());
            assertTrue(sockets.refusal().contains("ENOPROTOOPT"), sockets::refusal);
            for (DatagramKind kind : DatagramKind.values()) {
                assertEquals(sockets.pairs().getFirst(), sockets.of(kind));
            }
            try (LinuxUdpPort port = new LinuxUdpPort(libc, sockets.of(DatagramKind.DATA), SLOTS, _ -> {})) {
                send(sockets.port(), false);
                assertEquals(SLOTS, drain(port, false, null));
            }
            int intruder = boundBySharing(false, sockets.port());
            assertEquals(-Errno.EADDRINUSE, intruder, "the port is not shared any more");
        } finally {
            sockets.close(libc);
        }
    }

    @Test
    void answersFromTheSamePort() throws Exception {
        PortSockets sockets = PortSockets.open(libc, 0, 0);
        UdpSockets hearer = UdpSockets.open(libc, 0, 0);
        try (LinuxUdpPort control = new LinuxUdpPort(libc, sockets.of(DatagramKind.HANDSHAKE), 0, _ -> {});
                LinuxUdpPort there = new LinuxUdpPort(libc, hearer, SLOTS, _ -> {})) {
            SendBatch batch = new SendBatch(slab);
            batch.add(Endpoint.v4(LOOPBACK, hearer.port()), 0, 0, 92);
            assertEquals(0, control.send(batch));
            await(there.fd4());
            assertEquals(1, there.receive(received, false));
            assertEquals(sockets.port(), received.port(0));
        } finally {
            sockets.close(libc);
            hearer.close(libc);
        }
    }

    private void assertSteered(PortSockets sockets, boolean v6) throws Exception {
        send(sockets.port(), v6);
        for (DatagramKind kind : DatagramKind.values()) {
            try (LinuxUdpPort port = new LinuxUdpPort(libc, sockets.of(kind), SLOTS, _ -> {})) {
                assertEquals(SLOTS / DatagramKind.values().length, drain(port, v6, kind));
            }
        }
    }

    /** As many of each kind, each from a port of its own: a hash would send some to the wrong socket. */
    private void send(int port, boolean v6) throws Exception {
        Endpoint to = v6 ? Endpoint.v6(0, 1, port, 0) : Endpoint.v4(LOOPBACK, port);
        DatagramKind[] kinds = DatagramKind.values();
        for (int i = 0; i < SLOTS; i++) {
            UdpSockets sender = UdpSockets.open(libc, 0, 0);
            try (LinuxUdpPort udp = new LinuxUdpPort(libc, sender, 0, _ -> {})) {
                byte[] message = message(kinds[i % kinds.length], i / kinds.length);
                slab.putBytes(0, message);
                SendBatch batch = new SendBatch(slab);
                batch.add(to, 0, 0, message.length);
                assertEquals(0, udp.send(batch));
            } finally {
                sender.close(libc);
            }
        }
    }

    private static byte[] message(DatagramKind kind, int number) {
        byte[] message =
                switch (kind) {
                    case DATA -> new byte[Data.MIN_LENGTH + 5 * number];
                    case HANDSHAKE, COOKIE -> new byte[number % 2 == 0 ? Initiation.LENGTH : Response.LENGTH];
                    case OTHER -> new byte[1 + number];
                };
        int type =
                switch (kind) {
                    case DATA -> Data.TYPE;
                    case HANDSHAKE, COOKIE -> number % 2 == 0 ? Initiation.TYPE : Response.TYPE;
                    case OTHER -> 0x20;
                };
        message[0] = (byte) type;
        if (kind == DatagramKind.COOKIE) {
            message[message.length - 1 - number] = 1;
        }
        return message;
    }

    /** Messages that arrive, all of which have to be of that kind; null for any. */
    private int drain(LinuxUdpPort port, boolean v6, @Nullable DatagramKind kind) {
        await(v6 ? port.fd6() : port.fd4());
        int messages = port.receive(received, v6);
        for (int i = 0; i < messages; i++) {
            byte[] bytes = new byte[received.length(i)];
            received.slab().getBytes(received.offset(i), bytes);
            assertTrue(kind == null || kindOf(bytes) == kind);
        }
        return messages;
    }

    private void await(int fd) {
        PollFd.set(memory, fd, PollFd.POLLIN);
        assertEquals(1, libc.poll(memory, 1, 5_000), "nothing came");
    }

    private int freePort() throws ErrnoException {
        UdpSockets free = UdpSockets.open(libc, 0, 0);
        free.close(libc);
        return free.port();
    }

    /** A socket that asked for {@code SO_REUSEPORT} first, or {@code -errno}. */
    private int boundBySharing(boolean v6, int port) {
        int fd = libc.socket(v6 ? Sockets.AF_INET6 : Sockets.AF_INET, Sockets.SOCK_DGRAM, 0);
        Memory.putInt(memory, 1);
        libc.setsockopt(fd, Sockets.SOL_SOCKET, Sockets.SO_REUSEPORT, memory, Integer.BYTES);
        if (v6) {
            libc.setsockopt(fd, Sockets.IPPROTO_IPV6, Sockets.IPV6_V6ONLY, memory, Integer.BYTES);
            SockAddr.set6(memory, 0, 0, port, 0);
        } else {
            SockAddr.set4(memory, 0, port);
        }
        int result = libc.bind(fd, memory, v6 ? SockAddr.SIZE6 : SockAddr.SIZE4);
        if (result < 0) {
            libc.close(fd);
            return result;
        }
        return fd;
    }
}
