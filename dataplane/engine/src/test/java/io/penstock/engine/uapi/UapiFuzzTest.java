package io.penstock.engine.uapi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Mutated control scripts: whatever is sent, the session replies as the protocol has it or closes. */
class UapiFuzzTest {
    private static final int SCRIPTS = 100_000;
    private static final int SCRIPTS_PER_DEVICE = 500;
    private static final Pattern REPLIES = Pattern.compile("((([a-z_]+=[^=\\n]*\\n)*)errno=(0|-[0-9]+)\\n\\n)*");

    private static final List<String> WORDS = List.of(
            "get=1\n",
            "set=1\n",
            "\n",
            "\r\n",
            "=",
            "-",
            "private_key=" + "ab".repeat(32) + "\n",
            "private_key=" + "00".repeat(32) + "\n",
            "listen_port=51820\n",
            "listen_port=1\n",
            "fwmark=51820\n",
            "replace_peers=true\n",
            "public_key=" + "cd".repeat(32) + "\n",
            "public_key=" + "0e".repeat(32) + "\n",
            "remove=true\n",
            "update_only=true\n",
            "preshared_key=" + "ef".repeat(32) + "\n",
            "protocol_version=1\n",
            "endpoint=192.0.2.1:51820\n",
            "endpoint=[fe80::1%eth7]:51820\n",
            "persistent_keepalive_interval=25\n",
            "replace_allowed_ips=true\n",
            "allowed_ip=10.0.0.0/8\n",
            "allowed_ip=fd00::/8\n",
            "allowed_ip=-10.0.0.0/8\n",
            "allowed_ip=0.0.0.0/0\n",
            "4294967296",
            "999999999999999999999999999999",
            "::",
            "]",
            "%",
            "/");

    @Test
    void answersMutatedScriptsOrCloses() {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        Random random = new Random(seed);
        TestInterface wg = new TestInterface(seed);
        for (int i = 0; i < SCRIPTS; i++) {
            if (i % SCRIPTS_PER_DEVICE == 0) {
                wg = new TestInterface(seed + i);
                if (random.nextBoolean()) {
                    wg.device.up(wg.nowNs);
                }
            }
            String script = script(random);
            SessionDriver driver = new SessionDriver(wg);
            try {
                sendInPieces(driver, script.getBytes(ISO_8859_1), random);
                driver.end();
            } catch (RuntimeException | Error e) {
                throw new AssertionError("-Dpenstock.seed=" + seed + ", script " + i + ": " + script, e);
            }
            String replies = driver.replies();
            assertTrue(
                    REPLIES.matcher(replies).matches(),
                    () -> "-Dpenstock.seed=" + seed + ": " + script + "\ngot: " + replies);
            wg.actions.clear();
            wg.nowNs += random.nextInt(1_000_000_000);
        }
    }

    private static void sendInPieces(SessionDriver driver, byte[] bytes, Random random) {
        int at = 0;
        while (at < bytes.length && driver.isOpen()) {
            int length = Math.min(bytes.length - at, 1 + random.nextInt(200));
            driver.send(bytes, at, length);
            at += length;
        }
    }

    private static String script(Random random) {
        StringBuilder script =
                new StringBuilder(random.nextInt(8) == 0 ? "" : random.nextInt(4) == 0 ? "get=1\n\n" : "set=1\n");
        int words = random.nextInt(20);
        for (int i = 0; i < words; i++) {
            script.append(WORDS.get(random.nextInt(WORDS.size())));
        }
        script.append("\n");
        for (int mutations = random.nextInt(4); mutations > 0; mutations--) {
            int at = random.nextInt(script.length());
            switch (random.nextInt(4)) {
                case 0 -> script.setCharAt(at, (char) random.nextInt(256));
                case 1 -> script.deleteCharAt(at);
                case 2 -> script.insert(at, (char) random.nextInt(256));
                default -> script.insert(at, script.substring(at, Math.min(script.length(), at + random.nextInt(80))));
            }
            if (script.isEmpty()) {
                break;
            }
        }
        return script.toString();
    }
}
