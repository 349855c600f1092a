package io.penstock.lab.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TunnelStateTest {
    @Test
    void readsWhatWireguardGoAnswers() throws IOException {
        String reply = """
                private_key=e84b5a6d2717c1003a13b431570353dbaca9146cf150c5f8575680feba52027a
                listen_port=51820
                public_key=b85996fecc9c7f1fc6d2572a76eda11d59bcd20be8e543b15ce4bd85a8e75a33
                preshared_key=0000000000000000000000000000000000000000000000000000000000000000
                protocol_version=1
                endpoint=203.0.113.2:51820
                last_handshake_time_sec=1700000000
                last_handshake_time_nsec=5
                tx_bytes=38333
                rx_bytes=2224
                persistent_keepalive_interval=0
                allowed_ip=10.77.2.0/24
                errno=0

                """;

        assertEquals(new TunnelState(1_700_000_000L, 38_333, 2_224), TunnelState.parse(reply));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "errno=-22\n\n", "tx_bytes=1\n", "tx_bytes=many\nerrno=0\n\n", "\u0000"})
    void refusesWhatIsNoAnswer(String reply) {
        assertThrows(IOException.class, () -> TunnelState.parse(reply));
    }
}
