package io.penstock.relay.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.penstock.protocol.derp.FrameType;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.relay.Seeded;
import io.penstock.relay.core.Admission;
import io.penstock.relay.core.CloseReason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Any bytes as the first request of a connection, cut anywhere: they are answered as HTTP, upgraded, waited for or closed, and nothing
 * of it is a fault of ours.
 */
class UpgradeFuzzTest {
    /** What comes behind a request is for {@link FrameFuzzTest}; here it is too short for a hello. */
    private static final int MAX_BEHIND = 40;

    private final RelayService service = new RelayService(
            new RelayIdentity(PrivateKey.generate(new Seeded(3))),
            RelayLimits.DEFAULT,
            null,
            Admission.EVERYBODY,
            new Seeded(4));
    private final RelayDoor door = new RelayDoor(service, true);
    private final Logger logger = Logger.getLogger(FirstRequest.class.getName());
    private final Faults faults = new Faults();
    private int answers;
    private int upgrades;

    /** What is logged as ours to mend, which strangers must not be able to bring about. */
    private static final class Faults extends Handler {
        private final List<String> seen = new ArrayList<>();

        @Override
        public void publish(LogRecord event) {
            if (event.getLevel().intValue() >= Level.SEVERE.intValue() && seen.size() < 10) {
                seen.add(event.getMessage() + ": " + event.getThrown());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @BeforeEach
    void listen() {
        logger.addHandler(faults);
    }

    @AfterEach
    void stop() {
        logger.removeHandler(faults);
        service.close();
    }

    @Test
    void answersUpgradesOrCloses() throws Exception {
        long executions = Corpus.read("upgrade.corpus").run(this::open, 3);
        System.out.printf("upgrade: %d executions, %d answers, %d upgrades%n", executions, answers, upgrades);
        assertTrue(upgrades > 0 && answers > 0, "it gets as far");
        assertEquals(0, service.counters().closed(CloseReason.FAULT), "faults");
        assertEquals(List.of(), faults.seen, "faults in the log");
        assertEquals(0, service.counters().connections(), "all are gone");
    }

    private void open(byte[] input, Random random) {
        EmbeddedChannel channel = new EmbeddedChannel();
        assertTrue(service.openProxied(channel));
        RelayListener.expectRequest(channel.pipeline(), door, service);
        byte[] bytes = Arrays.copyOf(input, Math.min(input.length, headLength(input) + MAX_BEHIND));
        for (int at = 0; at < bytes.length && channel.isActive(); ) {
            int length = Math.min(bytes.length - at, 1 + random.nextInt(random.nextBoolean() ? 8 : 3000));
            var _ = channel.writeInbound(Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, at, at + length)));
            at += length;
        }
        StringBuilder answer = new StringBuilder();
        for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            if (out instanceof ByteBuf part) {
                answer.append(part.toString(StandardCharsets.ISO_8859_1));
            }
            ReferenceCountUtil.release(out);
        }
        // With a fast start the relay's key comes in place of an answer, and what is behind the request may end it.
        boolean isUpgraded = channel.pipeline().get(DerpConnection.class) != null
                || (!answer.isEmpty() && answer.charAt(0) == FrameType.SERVER_KEY);
        if (isUpgraded) {
            upgrades++;
        } else if (!answer.isEmpty()) {
            answers++;
            assertTrue(answer.toString().startsWith("HTTP/1."), answer::toString);
        }
        var _ = channel.finishAndReleaseAll();
        channel.checkException();
    }

    private static int headLength(byte[] input) {
        int end = new String(input, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n");
        return end < 0 ? input.length : end + 4;
    }
}
