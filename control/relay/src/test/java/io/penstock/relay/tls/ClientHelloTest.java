package io.penstock.relay.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

/** First messages of the JDK's client. */
class ClientHelloTest {
    private static final int RECORD_HEADER = 5;
    private static final int MESSAGE_HEADER = 4;

    private static byte[] message(String name, String... protocols) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, null, null);
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        parameters.setApplicationProtocols(protocols);
        engine.setSSLParameters(parameters);
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);
        out.flip().position(RECORD_HEADER + MESSAGE_HEADER);
        byte[] message = new byte[out.remaining()];
        out.get(message);
        return message;
    }

    @Test
    void findsNameAndProtocols() throws Exception {
        ByteBuf message = Unpooled.wrappedBuffer(message("Relay.example.org", "h2", "http/1.1"));
        ClientHello hello = ClientHello.read(message);

        assertEquals(new ClientHello("relay.example.org", List.of("h2", "http/1.1")), hello);
        assertFalse(hello.isChallenge());
        assertEquals(0, message.readerIndex(), "it stays the caller's");
    }

    @Test
    void knowsAnAuthoritysThatAsksForTheProofAlone() throws Exception {
        String protocol = ChallengeCertificates.PROTOCOL;
        assertTrue(ClientHello.read(Unpooled.wrappedBuffer(message("a.example", protocol)))
                .isChallenge());
        assertFalse(ClientHello.read(Unpooled.wrappedBuffer(message("a.example", protocol, "h2")))
                .isChallenge());
        assertFalse(
                ClientHello.read(Unpooled.wrappedBuffer(message("a.example"))).isChallenge());
    }

    @Test
    void takesWhatMakesNoSenseForNothing() throws Exception {
        byte[] message = message("a.example", ChallengeCertificates.PROTOCOL);
        for (int length = 0; length < message.length; length++) {
            assertFalse(
                    ClientHello.read(Unpooled.wrappedBuffer(message, 0, length)).isChallenge());
        }
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] changed = message.clone();
            changed[34 + random.nextInt(changed.length - 34)] = (byte) random.nextInt();
            ClientHello hello = ClientHello.read(Unpooled.wrappedBuffer(changed));
            assertTrue(hello.protocols().size() <= changed.length);
        }
    }
}
