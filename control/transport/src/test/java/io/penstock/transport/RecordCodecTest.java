package io.penstock.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.penstock.protocol.ts2021.RecordOpener;
import io.penstock.protocol.ts2021.RecordSealer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ends of a connection, with the bytes between them in the test's hand. */
class RecordCodecTest {
    private final Sides sides = Sides.of(1);
    private final EmbeddedChannel node = new EmbeddedChannel(new RecordCodec(sides.node()));
    private final EmbeddedChannel coordinator = new EmbeddedChannel(new RecordCodec(sides.coordinator()));

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void bytesArriveWhateverTheirPieces(long seed) {
        Random random = new Random(seed);
        byte[] sent = new byte[200_000];
        random.nextBytes(sent);
        ByteBuf arrived = Unpooled.buffer();
        int offset = 0;
        while (offset < sent.length) {
            int length = Math.min(sent.length - offset, random.nextInt(20_000));
            var _ = node.write(Unpooled.copiedBuffer(sent, offset, length));
            offset += length;
            if (random.nextBoolean() || offset == sent.length) {
                node.flush();
                carry(node, coordinator, random, arrived);
            }
        }
        assertEquals(ByteBufUtil.hexDump(sent), ByteBufUtil.hexDump(arrived), "seed " + seed);
        arrived.release();
    }

    private static void carry(EmbeddedChannel from, EmbeddedChannel to, Random random, ByteBuf arrived) {
        for (ByteBuf sealed = from.readOutbound(); sealed != null; sealed = from.readOutbound()) {
            while (sealed.isReadable()) {
                to.writeInbound(sealed.readBytes(Math.min(sealed.readableBytes(), 1 + random.nextInt(9000))));
            }
            sealed.release();
        }
        for (ByteBuf plaintext = to.readInbound(); plaintext != null; plaintext = to.readInbound()) {
            arrived.writeBytes(plaintext);
            plaintext.release();
        }
    }

    @Test
    void smallPiecesOfOneFlushShareARecord() {
        var _ = node.write(text("one"));
        var _ = node.write(text("two"));
        assertNull(node.readOutbound(), "nothing goes out before the flush");
        node.flush();

        ByteBuf record = node.readOutbound();
        assertEquals(RecordSealer.sealedLength(6), record.readableBytes());
        assertNull(node.readOutbound());
        record.release();
    }

    @Test
    void whatWaitsForTheFlushShowsInTheWritability() {
        node.config().setWriteBufferWaterMark(new WriteBufferWaterMark(100, 200));
        assertTrue(node.isWritable());
        var _ = node.write(Unpooled.buffer().writeZero(300));
        assertFalse(node.isWritable());
        node.flush();
        node.runPendingTasks();
        assertTrue(node.isWritable());
        node.releaseOutbound();
    }

    @Test
    void eachWriteIsToldOfItsOwnEnd() {
        ChannelFuture first = node.write(text("one"));
        ChannelFuture second = node.write(text("two"));
        assertFalse(first.isDone());
        node.flush();
        assertTrue(first.isSuccess() && second.isSuccess());
        node.releaseOutbound();

        ChannelFuture third = node.write(text("three"));
        var _ = coordinator.close();
        node.pipeline().remove(RecordCodec.class);
        assertInstanceOf(RecordException.class, third.cause());
    }

    @Test
    void closingSendsWhatIsThere() {
        ChannelFuture last = node.write(text("goodbye"));
        var _ = node.close();
        assertTrue(last.isSuccess());
        ByteBuf record = node.readOutbound();
        coordinator.writeInbound(record);
        assertEquals("goodbye", read(coordinator));
    }

    @Test
    void recordOfAnotherTypeEndsTheConnection() {
        assertEquals(RecordOpener.Status.BAD_TYPE, failureOf(Unpooled.wrappedBuffer(new byte[] {2, 0, 20})));
    }

    @Test
    void recordThatIsTooLongEndsTheConnection() {
        assertEquals(RecordOpener.Status.BAD_LENGTH, failureOf(Unpooled.wrappedBuffer(new byte[] {4, (byte) 0xff, 0})));
    }

    @Test
    void recordWithoutATagEndsTheConnection() {
        assertEquals(RecordOpener.Status.BAD_LENGTH, failureOf(Unpooled.wrappedBuffer(new byte[] {4, 0, 15})));
    }

    @Test
    void changedRecordEndsTheConnectionAndWhatCameBeforeArrives() {
        var _ = node.writeOneOutbound(text("good"));
        node.flush();
        ByteBuf good = node.readOutbound();
        var _ = node.writeOneOutbound(text("bad"));
        node.flush();
        ByteBuf bad = node.readOutbound();
        bad.setByte(5, bad.getByte(5) ^ 1);

        assertEquals(RecordOpener.Status.NOT_AUTHENTIC, failureOf(Unpooled.wrappedBuffer(good, bad)));
        assertEquals("good", read(coordinator));
    }

    @Test
    void nothingIsReadAfterABadRecord() {
        var _ = node.writeOneOutbound(text("good"));
        node.flush();
        ByteBuf good = node.readOutbound();
        assertEquals(
                RecordOpener.Status.BAD_TYPE,
                failureOf(Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(new byte[] {2, 0, 20}), good)));
        assertNull(coordinator.readInbound());
        assertEquals(0, good.refCnt());
    }

    @Test
    void emptyRecordsAreSkippedUntilTheyAreAFlood() throws Exception {
        EmptyRecords empty = new EmptyRecords(Sides.NODE_TO_COORDINATOR);
        EmbeddedChannel receiver =
                new EmbeddedChannel(new RecordCodec(Sides.ofTheVector().coordinator()));
        for (int i = 0; i < RecordCodec.MAX_EMPTY_RECORDS; i++) {
            receiver.writeInbound(empty.next());
        }
        assertTrue(receiver.isOpen());
        assertNull(receiver.readInbound());

        assertThrows(RecordException.class, () -> receiver.writeInbound(empty.next()));
        assertFalse(receiver.isOpen());
    }

    @Test
    void refusesToSealWhatIsNoBytes() {
        ChannelFuture refused = node.write("text");
        assertInstanceOf(IllegalArgumentException.class, refused.cause());
    }

    private RecordOpener.@Nullable Status failureOf(ByteBuf sealed) {
        RecordException failure = assertThrows(RecordException.class, () -> coordinator.writeInbound(sealed));
        assertFalse(coordinator.isOpen());
        return failure.status().orElse(null);
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private static String read(EmbeddedChannel channel) {
        ByteBuf plaintext = channel.readInbound();
        String text = plaintext.toString(StandardCharsets.US_ASCII);
        plaintext.release();
        return text;
    }
}
