package io.penstock.relay.stun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.relay.Seeded;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The distribution's client of STUN, {@code turnutils_stunclient} of coturn, asks our server. */
@Tag("live")
class ForeignStunClientTest {
    private StunServer server;

    @BeforeEach
    void start() throws IOException {
        server = StunServer.open(
                List.of(
                        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
                        new InetSocketAddress(InetAddress.ofLiteral("::1"), 0)),
                new Seeded(4));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static String ask(InetSocketAddress address, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("turnutils_stunclient"));
        command.addAll(List.of(options));
        command.addAll(List.of(
                "-p", String.valueOf(address.getPort()), address.getAddress().getHostAddress()));
        Process client = new ProcessBuilder(command).redirectErrorStream(true).start();
        client.getOutputStream().close();
        assertTrue(client.waitFor(20, TimeUnit.SECONDS), "ends");
        String said = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, client.exitValue(), said);
        return said;
    }

    @Test
    void tellsItItsAddressOfIpv4() throws Exception {
        String said = ask(server.addresses().get(0));
        assertTrue(said.contains("UDP reflexive addr: 127.0.0.1:"), said);
        assertEquals(1, server.counters().answers());
    }

    @Test
    void tellsItItsAddressOfIpv6() throws Exception {
        String said = ask(server.addresses().get(1), "-L", "::1");
        assertTrue(said.contains("UDP reflexive addr: ::1:") || said.contains("UDP reflexive addr: [::1]:"), said);
    }
}
