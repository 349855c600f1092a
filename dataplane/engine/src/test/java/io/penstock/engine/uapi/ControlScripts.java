package io.penstock.engine.uapi;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/** Requests to the control socket as no tool would make them: known lines in any order, changed here and there. */
public final class ControlScripts {
    /** What may be answered to any of them: whole replies only, each with its errno. */
    public static final Pattern REPLIES = Pattern.compile("((([a-z_]+=[^=\\n]*\\n)*)errno=(0|-[0-9]+)\\n\\n)*");

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

    private ControlScripts() {}

    /** One or more requests, well-formed or not; characters below 256. */
    public static String next(Random random) {
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
