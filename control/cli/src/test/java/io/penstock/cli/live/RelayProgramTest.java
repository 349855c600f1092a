package io.penstock.cli.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.relay.tls.PinnedTrust;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code penstock relay} as an operator uses it. */
@Tag("live") // needs the packaged program
class RelayProgramTest {
    @TempDir
    private Path folder;

    private List<String> command(String... options) {
        List<String> command = new ArrayList<>(List.of(
                Program.checkout().resolve("penstock").toString(),
                "relay",
                "--listen",
                "127.0.0.1:0",
                "--state",
                folder.resolve("state").toString()));
        command.addAll(List.of(options));
        return command;
    }

    @Test
    void saysWhatClientsPinAndServesThemUntilASignal() throws Exception {
        Process relay = new ProcessBuilder(command("--open", "--json"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(relay.getInputStream(), StandardCharsets.UTF_8))) {
            StringBuilder document = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                document.append(line);
                if (line.equals("}")) {
                    break;
                }
            }
            String text = document.toString();
            int port = Integer.parseInt(find("\"DERPPort\": *([0-9]+)", text));
            String answer = probe(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                    find("\"CertName\": *\"([^\"]+)\"", text));
            assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);

            relay.destroy();
            assertTrue(relay.waitFor(20, TimeUnit.SECONDS), "it ends on SIGTERM");
            assertEquals(0, relay.exitValue());
        } finally {
            relay.destroyForcibly();
        }
        assertTrue(Files.exists(folder.resolve("state/relay.key")));
    }

    private static String find(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertTrue(matcher.find(), text);
        return matcher.group(1);
    }

    private static String probe(InetSocketAddress relay, String pin) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new PinnedTrust(pin)}, new SecureRandom());
        try (SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(relay.getAddress(), relay.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write("GET /derp/probe HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void doesNotCarryAnybodysTrafficUnasked() {
        Shell.Outcome refused = Shell.run(Map.of(), command());

        assertEquals(2, refused.status(), refused.toString());
        assertTrue(
                refused.err().contains("--verify-client-url") && refused.err().contains("--open"), refused.err());
    }
}
